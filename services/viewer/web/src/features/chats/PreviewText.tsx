import { type JSX, Show } from "solid-js";
import type { Chat, Preview } from "~/api/types";
import { Icon, type IconName } from "~/components/Icon";
import { kindLabel } from "~/features/message/labels";
import { serviceLine } from "~/features/message/service";
import s from "./ChatRow.module.css";
import { previewSender } from "./titles";

const ICONS: Partial<Record<Preview["kind"], IconName>> = {
  document: "file",
  voice: "sound",
  audio: "sound",
  geo: "map",
  live_geo: "map",
  venue: "map",
  contact: "person",
};

/** The last message of a chat in a line: who, what it is, how it begins. */
export function PreviewText(props: { chat: Chat; preview: Preview }): JSX.Element {
  const sender = () => previewSender(props.chat, props.preview);
  const label = () => (props.preview.kind === "text" ? "" : kindLabel(props.preview.kind));
  return (
    <>
      <Show when={props.preview.deleted_at !== null}>
        <Icon name="trash" class={s.mini ?? ""} />
      </Show>
      <Show
        when={props.preview.kind !== "service"}
        fallback={serviceLine(props.preview.service, props.preview.sender)}
      >
        <Show when={sender()}>{(name) => <span class={s.sender}>{name()}: </span>}</Show>
        <Show when={ICONS[props.preview.kind]}>{(icon) => <Icon name={icon()} class={s.mini ?? ""} />}</Show>
        <Show when={label()}>
          <span class={s.sender}>
            {label()}
            {props.preview.text ? ", " : ""}
          </span>
        </Show>
        {props.preview.text}
      </Show>
    </>
  );
}
