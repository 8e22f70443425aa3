import { useNavigate } from "@solidjs/router";
import { createSignal, type JSX, Show } from "solid-js";
import type { Message, Reply } from "~/api/types";
import { Icon } from "~/components/Icon";
import { chatTitle } from "~/features/chats/titles";
import { useChat } from "~/features/timeline/context";
import { t } from "~/i18n";
import { peerName } from "~/lib/names";
import { kindLabel } from "../labels";
import s from "./Reply.module.css";

/** What a message answers: the name, a line or the quoted part; a click goes there. */
export function ReplyHeader(props: { message: Message; reply: Reply }): JSX.Element {
  const here = useChat();
  const navigate = useNavigate();
  const [open, setOpen] = createSignal(false);
  const p = () => props.reply.preview;
  const name = () =>
    p()?.sender
      ? peerName(p()?.sender)
      : props.reply.chat
        ? peerName(props.reply.chat)
        : chatTitle(here.chat());
  const line = () => {
    const preview = p();
    if (!preview) return props.reply.id === null ? t("message.replyStory") : t("message.replyMissing");
    return preview.text || kindLabel(preview.kind);
  };
  const go = () => {
    const { id, chat } = props.reply;
    if (id === null) return;
    if (chat) navigate(`/c/${here.chat().account}/${chat.id}/${id}`);
    else here.jump(id);
  };
  return (
    <button
      type="button"
      class={s.reply}
      data-colour={p()?.sender?.colour ?? here.chat().colour}
      disabled={props.reply.missing || props.reply.id === null}
      title={t("message.replyTo", { name: name() })}
      onClick={go}
    >
      <Show when={p()?.thumb}>{(src) => <img class={s.thumb} src={src()} alt="" />}</Show>
      <span class={s.lines}>
        <Show when={p() || props.reply.chat}>
          <span class={s.name} dir="auto">
            {name()}
            <Show when={props.reply.chat && p()?.sender}>
              <span class={s.origin}> · {peerName(props.reply.chat)}</span>
            </Show>
          </span>
        </Show>
        <Show
          when={props.reply.quote}
          fallback={
            <span class={s.line} classList={{ [s.missing ?? ""]: !p() }} dir="auto">
              <Show when={p()?.deleted_at}>
                <Icon name="trash" class={s.mini ?? ""} />
              </Show>
              <Show when={p()?.text && p()?.kind !== "text"}>
                <span class={s.kind}>{kindLabel(p()?.kind ?? "text")}, </span>
              </Show>
              {line()}
            </span>
          }
        >
          {(quote) => (
            // biome-ignore lint/a11y: a longer quote opens by a click, the button around goes to the message
            <span
              class={s.quote}
              classList={{ [s.open ?? ""]: open() }}
              dir="auto"
              onDblClick={() => setOpen(true)}
            >
              {quote()}
            </span>
          )}
        </Show>
      </span>
    </button>
  );
}
