import { useNavigate } from "@solidjs/router";
import { type JSX, Show } from "solid-js";
import type { Forward } from "~/api/types";
import { Icon } from "~/components/Icon";
import { chatById } from "~/features/chats/store";
import { useChat } from "~/features/timeline/context";
import { t } from "~/i18n";
import { shortDateTime } from "~/i18n/format";
import { tParts } from "~/i18n/parts";
import { peerName } from "~/lib/names";
import s from "./Forward.module.css";

/** Where a message came from; leads to the original if that is archived. */
export function ForwardHeader(props: { forward: Forward }): JSX.Element {
  const here = useChat();
  const navigate = useNavigate();
  const f = () => props.forward;
  const target = () => {
    const from = f().from;
    if (!from) return undefined;
    if (f().archived && f().channel_post !== null)
      return `/c/${here.chat().account}/${from.id}/${f().channel_post}`;
    return chatById(from.id) ? `/c/${here.chat().account}/${from.id}` : undefined;
  };
  const name = () => f().from_name ?? peerName(f().from);
  const label = (
    <strong dir="auto">
      {name()}
      <Show when={f().post_author}> ({f().post_author})</Show>
    </strong>
  );
  return (
    <div class={s.forward} title={t("message.forwardedDate", { date: shortDateTime(f().date) })}>
      <Icon name="forward" />
      <span>
        <Show when={target()} fallback={tParts("message.forwarded", { name: label })}>
          {(to) => (
            <button
              type="button"
              class={s.link}
              title={t("message.openOrigin")}
              onClick={() => navigate(to())}
            >
              {tParts("message.forwarded", { name: label })}
            </button>
          )}
        </Show>
      </span>
    </div>
  );
}
