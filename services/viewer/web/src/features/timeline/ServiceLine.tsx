import { createSignal, For, type JSX, Show } from "solid-js";
import type { BodyOf, Message, Peer, Reply } from "~/api/types";
import { openPeerMenu } from "~/features/message/peerMenu";
import { serviceText } from "~/features/message/service";
import { t } from "~/i18n";
import { dateTime } from "~/i18n/format";
import { peerName } from "~/lib/names";
import { useChat } from "./context";
import s from "./ServiceLine.module.css";

/** What happened, in the middle; a long run of people coming and going is one line until it is opened. */
export function ServiceLine(props: { messages: Message[]; blockKey: string }): JSX.Element {
  const [open, setOpen] = createSignal(false);
  const many = () => props.messages.length > 3 && !open();
  return (
    <div
      class={s.lines}
      role="listitem"
      tabIndex={-1}
      data-key={props.blockKey}
      data-kind="service"
      data-ids={props.messages.map((m) => m.id).join(" ")}
    >
      <For each={many() ? props.messages.slice(0, 1) : props.messages}>{(m) => <Line message={m} />}</For>
      <Show when={many()}>
        <button type="button" class={s.pill} onClick={() => setOpen(true)}>
          {t("service.membership", { n: props.messages.length - 1 })}
        </button>
      </Show>
    </div>
  );
}

function Line(props: { message: Message }): JSX.Element {
  const chat = useChat();
  const body = () =>
    props.message.body?.type === "service" ? (props.message.body as BodyOf<"service">) : undefined;
  const name = (peer: Peer) => (
    <button type="button" class={s.name} onClick={(e) => openPeerMenu(e, peer, chat)}>
      <bdi>{peerName(peer)}</bdi>
    </button>
  );
  const pinned = (r: Reply) =>
    r.preview ? `“${r.preview.text.slice(0, 60) || t(`kind.${r.preview.kind}`)}”` : "";
  const target = () => (body()?.name === "pin_message" ? props.message.reply : null);
  return (
    <span
      class={s.pill}
      classList={{
        [s.lit ?? ""]: chat.lit() === props.message.id,
        [s.deleted ?? ""]: props.message.deleted_at !== null,
      }}
      title={dateTime(props.message.date)}
    >
      <Show when={body()}>{(b) => serviceText(props.message, b(), name)}</Show>
      <Show when={target()}>
        {(reply) => (
          <>
            {" "}
            <button
              type="button"
              class={s.name}
              disabled={reply().missing}
              onClick={() => chat.jump(reply().id ?? 0)}
            >
              <bdi>{pinned(reply())}</bdi>
            </button>
          </>
        )}
      </Show>
    </span>
  );
}
