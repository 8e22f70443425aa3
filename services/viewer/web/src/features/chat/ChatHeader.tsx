import { useNavigate } from "@solidjs/router";
import { type JSX, Show } from "solid-js";
import type { Chat } from "~/api/types";
import { Avatar } from "~/components/Avatar";
import { IconButton } from "~/components/IconButton";
import { openMenu } from "~/components/Menu";
import { openCalendar } from "~/features/calendar/open";
import { chatIcon, chatSubtitle, chatTitle } from "~/features/chats/titles";
import { muteItems } from "~/features/notifications/muteItems";
import { t } from "~/i18n";
import s from "./ChatHeader.module.css";

export function ChatHeader(props: { chat: Chat; onSearch: () => void; onInfo: () => void }): JSX.Element {
  const navigate = useNavigate();
  const more = (e: MouseEvent) => {
    const box = (e.currentTarget as HTMLElement).getBoundingClientRect();
    openMenu(box.left, box.bottom + 4, chatTitle(props.chat), [
      { icon: "info", label: t("chat.info"), run: () => props.onInfo() },
      ...muteItems(props.chat),
    ]);
  };
  const newest = () => props.chat.last_message?.date ?? Date.now() / 1000;
  return (
    <header class={s.header}>
      <IconButton icon="back" class={s.back ?? ""} label={t("app.back")} onClick={() => navigate("/")} />
      <h1 class={s.heading}>
        <button type="button" class={s.title} title={t("chat.info")} onClick={() => props.onInfo()}>
          <Avatar
            name={chatTitle(props.chat)}
            colour={props.chat.colour}
            src={props.chat.avatar}
            size={42}
            {...(chatIcon(props.chat) ? { icon: "bookmark" as const } : {})}
          />
          <span class={s.text}>
            <span class={s.name} dir="auto">
              {chatTitle(props.chat)}
            </span>
            <span class={s.sub}>
              {chatSubtitle(props.chat)}
              <Show when={props.chat.messages}>{(n) => <> · {t("chat.messages", { n: n() })}</>}</Show>
              <Show when={props.chat.inaccessible}>
                <span class={s.gone}> · {t("chats.inaccessible")}</span>
              </Show>
            </span>
          </span>
        </button>
      </h1>
      <IconButton icon="search" label={t("chat.search")} onClick={() => props.onSearch()} />
      <IconButton
        icon="calendar"
        label={t("chat.calendar")}
        onClick={() => openCalendar(props.chat, newest())}
      />
      <IconButton icon="info" class={s.wide ?? ""} label={t("chat.info")} onClick={() => props.onInfo()} />
      <IconButton icon="more" label={t("chat.more")} onClick={more} />
    </header>
  );
}
