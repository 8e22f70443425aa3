import { A } from "@solidjs/router";
import { type JSX, Show } from "solid-js";
import type { Chat } from "~/api/types";
import { Avatar } from "~/components/Avatar";
import { Icon } from "~/components/Icon";
import { openMenu } from "~/components/Menu";
import { muteItems } from "~/features/notifications/muteItems";
import { isMuted } from "~/features/notifications/mutes";
import { seenThrough } from "~/features/timeline/places";
import { t } from "~/i18n";
import { dateTime, listDate } from "~/i18n/format";
import { lineDir } from "~/lib/names";
import s from "./ChatRow.module.css";
import { PreviewText } from "./PreviewText";
import { chatIcon, chatTitle, kindIcon } from "./titles";

export function ChatRow(props: { chat: Chat; active: boolean }): JSX.Element {
  const last = () => props.chat.last_message;
  const isNew = () => {
    const seen = seenThrough(props.chat.account, props.chat.id);
    return seen !== undefined && (last()?.id ?? 0) > seen && !props.active && !last()?.out;
  };
  const of = () => ({ account: props.chat.account, chat: props.chat.id });
  const onContextMenu = (e: MouseEvent) => {
    const items = muteItems(props.chat);
    if (items.length === 0) return;
    e.preventDefault();
    openMenu(e.clientX, e.clientY, chatTitle(props.chat), items);
  };
  return (
    <A
      href={`/c/${props.chat.account}/${props.chat.id}`}
      class={s.row}
      classList={{ [s.active ?? ""]: props.active }}
      aria-current={props.active ? "page" : undefined}
      draggable={false}
      onContextMenu={onContextMenu}
    >
      <Avatar
        name={chatTitle(props.chat)}
        colour={props.chat.colour}
        src={props.chat.avatar}
        {...(chatIcon(props.chat) ? { icon: chatIcon(props.chat) as "bookmark" } : {})}
      />
      <span class={s.text}>
        <span class={s.line}>
          <Show when={kindIcon(props.chat)}>{(icon) => <Icon name={icon()} class={s.kind ?? ""} />}</Show>
          <span class={s.title} dir="auto">
            {chatTitle(props.chat)}
          </span>
          <Show when={isMuted(of())}>
            <span role="img" aria-label={t("chats.muted")}>
              <Icon name="mute" class={s.kind ?? ""} />
            </span>
          </Show>
          <Show when={last()}>
            {(m) => (
              <time class={s.date} title={dateTime(m().date)}>
                {listDate(m().date)}
              </time>
            )}
          </Show>
        </span>
        <span class={s.line}>
          <span class={s.preview} dir={last()?.text ? lineDir(last()?.text ?? "") : undefined}>
            <Show when={last()} fallback={<span>{t("chat.noMessages")}</span>}>
              {(m) => <PreviewText chat={props.chat} preview={m()} />}
            </Show>
          </span>
          <Show when={isNew()}>
            <span class={s.dot} role="img" aria-label={t("chat.unread")} />
          </Show>
          <Show when={props.chat.pinned && !isNew()}>
            <span role="img" aria-label={t("chats.pinned")}>
              <Icon name="pin" class={s.pin ?? ""} />
            </span>
          </Show>
        </span>
      </span>
    </A>
  );
}
