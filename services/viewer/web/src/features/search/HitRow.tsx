import { type JSX, Show } from "solid-js";
import type { Hit } from "~/api/types";
import { Avatar } from "~/components/Avatar";
import { Icon } from "~/components/Icon";
import { kindLabel } from "~/features/message/labels";
import { t } from "~/i18n";
import { dateTime, listDate } from "~/i18n/format";
import { peerName } from "~/lib/names";
import s from "./HitRow.module.css";
import { Snippet } from "./Snippet";

/** A message that was found. */
export function HitRow(props: {
  hit: Hit;
  active?: boolean;
  onOpen: () => void;
  inChat?: boolean;
}): JSX.Element {
  const who = () => props.hit.sender ?? props.hit.chat;
  return (
    <button
      type="button"
      class={s.hit}
      aria-current={props.active ? "true" : undefined}
      onClick={() => props.onOpen()}
    >
      <Avatar name={peerName(who())} colour={who().colour} src={who().avatar} size={42} />
      <span class={s.text}>
        <span class={s.line}>
          <span class={s.name} dir="auto">
            {props.hit.out ? t("chats.you") : peerName(who())}
          </span>
          <time class={s.date} title={dateTime(props.hit.date)}>
            {listDate(props.hit.date)}
          </time>
        </span>
        <span class={s.snippet} dir="auto">
          <Show when={props.hit.deleted_at !== null}>
            <Icon name="trash" class={s.mini ?? ""} />
          </Show>
          <Show when={props.hit.kind !== "text"}>
            <span class={s.kind}>{kindLabel(props.hit.kind)} </span>
          </Show>
          <Snippet snippet={props.hit.snippet} />
        </span>
      </span>
    </button>
  );
}
