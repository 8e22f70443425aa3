import { type JSX, Show } from "solid-js";
import type { Message } from "~/api/types";
import { Icon } from "~/components/Icon";
import { isTrack, length, playing, position, seek, toggle } from "~/features/player/player";
import { useChat } from "~/features/timeline/context";
import { t } from "~/i18n";
import { bytes, duration } from "~/i18n/format";
import { stateText } from "../media/state";
import s from "./Audio.module.css";

/** A piece of music. */
export function Audio(props: { message: Message }): JSX.Element {
  const chat = useChat();
  const media = () => props.message.media[0];
  const active = () => isTrack(props.message);
  return (
    <Show when={media()}>
      {(m) => (
        <div class={s.audio}>
          <button
            type="button"
            class={s.play}
            disabled={m().state !== "stored"}
            aria-label={t(active() && playing() ? "media.pause" : "media.play")}
            onClick={() => toggle(props.message, m(), chat.chat().account, chat.messages())}
          >
            <Icon
              name={m().state !== "stored" ? "clock" : active() && playing() ? "pause" : "play"}
              filled={!(active() && playing())}
            />
          </button>
          <div class={s.body}>
            <span class={s.title} dir="auto">
              {m().title ?? m().name ?? t("media.unknownTitle")}
            </span>
            <Show
              when={active()}
              fallback={
                <span class={s.sub} dir="auto">
                  {[duration(m().duration_ms ?? 0), m().performer].filter(Boolean).join(" · ")}
                  {m().state === "stored" ? "" : ` · ${stateText(m())}`}
                  {m().size && !m().performer ? ` · ${bytes(m().size ?? 0)}` : ""}
                </span>
              }
            >
              <input
                type="range"
                min="0"
                max="1000"
                aria-label={t("media.seek")}
                value={length() > 0 ? (1000 * position()) / length() : 0}
                onInput={(e) => seek(Number(e.currentTarget.value) / 1000)}
              />
              <span class={s.sub}>
                {duration(position() * 1000)} / {duration(length() * 1000)}
              </span>
            </Show>
          </div>
        </div>
      )}
    </Show>
  );
}
