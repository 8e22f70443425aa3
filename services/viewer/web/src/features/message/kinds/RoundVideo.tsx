import { createEffect, createSignal, type JSX, onCleanup, Show } from "solid-js";
import type { Message } from "~/api/types";
import { Icon } from "~/components/Icon";
import { makeWay } from "~/features/player/player";
import { t } from "~/i18n";
import { duration } from "~/i18n/format";
import { createInView } from "~/primitives/createInView";
import { reducedMotion } from "~/primitives/media";
import { Frame } from "../media/Frame";
import { playable } from "../media/state";
import s from "./RoundVideo.module.css";

const SIZE = 240;
const RING = 2 * Math.PI * 46;
let stopOther: (() => void) | undefined;

/** A round video: silent in view, from its beginning with sound after a click; one at a time. */
export function RoundVideo(props: { message: Message }): JSX.Element {
  let video: HTMLVideoElement | undefined;
  const media = () => props.message.media[0];
  const [loud, setLoud] = createSignal(false);
  const [done, setDone] = createSignal(0);
  const [look, inView] = createInView();
  const quiet = () => {
    setLoud(false);
    if (video) video.muted = true;
  };
  createEffect(() => {
    if (loud()) return;
    if (inView() && !reducedMotion()) void video?.play().catch(() => undefined);
    else video?.pause();
  });
  onCleanup(() => {
    if (stopOther === quiet) stopOther = undefined;
  });

  const click = () => {
    if (!video) return;
    if (loud()) {
      quiet();
      return;
    }
    makeWay();
    stopOther?.();
    stopOther = quiet;
    setLoud(true);
    video.muted = false;
    video.currentTime = 0;
    void video.play();
  };

  return (
    <Show when={media()}>
      {(m) => (
        <div class={s.round}>
          <Frame
            media={m()}
            label={t("kind.round_video")}
            size={{ width: SIZE, height: SIZE }}
            onOpen={click}
          >
            {(src) => (
              <Show when={playable(m())}>
                <video
                  ref={(el) => {
                    video = el;
                    look(el);
                  }}
                  src={src}
                  aria-label={t("kind.round_video")}
                  data-full="ready"
                  muted
                  playsinline
                  loop={!loud()}
                  preload="metadata"
                  onTimeUpdate={(e) =>
                    setDone(e.currentTarget.currentTime / Math.max(0.1, e.currentTarget.duration))
                  }
                  onEnded={quiet}
                />
              </Show>
            )}
          </Frame>
          <Show when={loud()}>
            <svg class={s.ring} viewBox="0 0 100 100" aria-hidden="true">
              <circle cx="50" cy="50" r="46" stroke-dasharray={`${RING * done()} ${RING}`} />
            </svg>
          </Show>
          <span class={s.length}>
            {duration(m().duration_ms ?? 0)}
            <Icon name={loud() ? "sound" : "mute"} />
          </span>
        </div>
      )}
    </Show>
  );
}
