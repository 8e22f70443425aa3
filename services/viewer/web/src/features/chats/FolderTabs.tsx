import { For, type JSX, Show } from "solid-js";
import { toastError } from "~/components/toast";
import { t } from "~/i18n";
import s from "./ChatList.module.css";
import { chooseFolder, folder, folders } from "./store";

export function FolderTabs(): JSX.Element {
  const tabs = () => [{ id: undefined, title: t("chats.all"), emoticon: null }, ...folders()];
  return (
    <Show when={folders().length > 0}>
      <nav class={s.tabs} aria-label={t("chats.folders")}>
        <For each={tabs()}>
          {(tab) => (
            <button
              type="button"
              class={s.tab}
              aria-pressed={folder() === tab.id}
              onClick={() => chooseFolder(tab.id).catch(toastError)}
            >
              {tab.emoticon ? `${tab.emoticon} ` : ""}
              {tab.title}
            </button>
          )}
        </For>
      </nav>
    </Show>
  );
}
