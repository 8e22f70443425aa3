import { createMemo, For, type JSX, Show } from "solid-js";
import type { Message } from "~/api/types";
import { Icon } from "~/components/Icon";
import {
  cycleSpeed,
  isTrack,
  length,
  playing,
  position,
  seek,
  speed,
  toggle,
} from "~/features/player/player";
import { useChat } from "~/features/timeline/context";
import { t } from "~/i18n";
import { duration } from "~/i18n/format";
import { bars } from "~/lib/waveform";
import { stateText } from "../media/state";
import s from "./Voice.module.css";

const STEP = 4;
const HEIGHT = 23;

export function Voice(props: { message: Message }): JSX.Element {
  const chat = useChat();
  const media = () => props.message.media[0];
  const active = () => isTrack(props.message);
  const total = () => (active() && length() > 0 ? length() * 1000 : (media()?.duration_ms ?? 0));
  const done = () => (active() && length() > 0 ? position() / length() : 0);
  // A longer note has a longer line, within reason.
  const count = createMemo(() => Math.round(Math.min(52, 26 + ((media()?.duration_ms ?? 0) / 1000) * 0.8)));
  const wave = createMemo(() => bars(media()?.waveform ?? [], count()));
  const point = (e: PointerEvent & { currentTarget: SVGSVGElement }) => {
    const box = e.currentTarget.getBoundingClientRect();
    if (active()) seek((e.clientX - box.left) / box.width);
  };
  return (
    <Show when={media()}>
      {(m) => (
        <div class={s.voice}>
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
            {/* The time bar of the player does the same for the keyboard. */}
            <svg
              class={s.wave}
              width={count() * STEP}
              height={HEIGHT}
              viewBox={`0 0 ${count() * STEP} ${HEIGHT}`}
              aria-hidden="true"
              onPointerDown={(e) => {
                e.currentTarget.setPointerCapture(e.pointerId);
                point(e);
              }}
              onPointerMove={(e) => e.buttons === 1 && point(e)}
            >
              <For each={wave()}>
                {(level, i) => {
                  const h = Math.max(2, Math.round(level * HEIGHT));
                  return (
                    <rect
                      x={i() * STEP}
                      y={HEIGHT - h}
                      width="2"
                      height={h}
                      rx="1"
                      class={active() && (i() + 0.5) / count() > done() ? s.ahead : undefined}
                    />
                  );
                }}
              </For>
            </svg>
            <span class={s.time}>
              {active() ? `${duration(position() * 1000)} / ${duration(total())}` : duration(total())}
              <Show when={m().state !== "stored"}> · {stateText(m())}</Show>
            </span>
          </div>
          <Show when={active()}>
            <button
              type="button"
              class={s.speed}
              title={t("media.speed", { n: speed() })}
              onClick={cycleSpeed}
            >
              {speed()}×
            </button>
          </Show>
        </div>
      )}
    </Show>
  );
}
