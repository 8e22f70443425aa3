import { For, type JSX, Show } from "solid-js";
import { account, chooseAccount } from "~/features/chats/store";
import { session } from "~/features/session/session";
import { t } from "~/i18n";
import s from "./AccountChoice.module.css";

/** Which archived account is looked at, where there are several. */
export function AccountChoice(): JSX.Element {
  const accounts = () => session()?.accounts ?? [];
  return (
    <Show when={accounts().length > 1}>
      <label class={s.choice}>
        <span class="visually-hidden">{t("nav.account")}</span>
        <select onChange={(e) => chooseAccount(Number(e.currentTarget.value))}>
          <For each={accounts()}>
            {(a) => (
              <option value={a.id} selected={a.id === account()}>
                {a.name}
              </option>
            )}
          </For>
        </select>
      </label>
    </Show>
  );
}
