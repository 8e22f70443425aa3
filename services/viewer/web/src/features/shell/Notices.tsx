import { type JSX, Show } from "solid-js";
import { connection } from "~/api/events";
import { session } from "~/features/session/session";
import { t } from "~/i18n";
import s from "./Notices.module.css";

/** What holds for the whole page and must not be missed. */
export function Notices(): JSX.Element {
  return (
    <div class={s.notices} role="status">
      <Show when={session()?.is_telegram === false}>
        <p class={s.test}>{t("app.notTelegram")}</p>
      </Show>
      <Show when={session()?.read_only}>
        <p class={s.notice}>{t("app.readOnly")}</p>
      </Show>
      <Show when={connection() === "lost"}>
        <p class={s.notice}>{t("app.connectionLost")}</p>
      </Show>
    </div>
  );
}
