import { type JSX, Show } from "solid-js";
import type { Message } from "~/api/types";
import { useChat } from "~/features/timeline/context";
import { t } from "~/i18n";
import { peerName } from "~/lib/names";
import { openPeerMenu } from "../peerMenu";
import s from "./SenderName.module.css";

export function SenderName(props: { message: Message; named: boolean }): JSX.Element {
  const chat = useChat();
  return (
    <div class={s.line}>
      <Show when={props.named && props.message.sender}>
        {(sender) => (
          <button
            type="button"
            class={s.name}
            data-colour={sender().colour}
            dir="auto"
            onClick={(e) => openPeerMenu(e, sender(), chat)}
          >
            {peerName(sender())}
          </button>
        )}
      </Show>
      <Show when={props.message.via_bot}>
        {(bot) => (
          <span class={s.via}>{t("message.via", { name: `@${bot().username ?? peerName(bot())}` })}</span>
        )}
      </Show>
    </div>
  );
}
