import type { JSX } from "solid-js";
import type { Chat } from "~/api/types";
import { Icon } from "~/components/Icon";
import { t } from "~/i18n";
import { number } from "~/i18n/format";
import s from "./ChatList.module.css";
import { chatTitle } from "./titles";

export function ArchivedRow(props: { chats: Chat[]; onOpen: () => void }): JSX.Element {
  return (
    <button type="button" class={s.archived} onClick={() => props.onOpen()}>
      <span class={s.archivedIcon}>
        <Icon name="archive" />
      </span>
      <span class={s.archivedText}>
        <span class={s.archivedTitle}>{t("chats.archived")}</span>
        <span class={s.archivedNames} dir="auto">
          {props.chats.slice(0, 6).map(chatTitle).join(", ")}
        </span>
      </span>
      <span class={s.count}>{number(props.chats.length)}</span>
    </button>
  );
}
