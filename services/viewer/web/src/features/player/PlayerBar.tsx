import { type JSX, Show } from "solid-js";
import { IconButton } from "~/components/IconButton";
import { t } from "~/i18n";
import { duration } from "~/i18n/format";
import { peerName } from "~/lib/names";
import s from "./PlayerBar.module.css";
import { cycleSpeed, length, playing, position, seek, speed, stop, toggle, track } from "./player";

/** What plays, over the messages, wherever one reads on. */
export function PlayerBar(): JSX.Element {
  return (
    <Show when={track()}>
      {(now) => (
        <section class={s.bar} aria-label={t("media.player")}>
          <IconButton
            icon={playing() ? "pause" : "play"}
            filled={!playing()}
            label={t(playing() ? "media.pause" : "media.play")}
            onClick={() => toggle(now().message, now().media, now().account, [])}
          />
          <span class={s.text}>
            <span class={s.title} dir="auto">
              {now().message.kind === "voice" ? t("kind.voice") : (now().media.title ?? now().media.name)}
            </span>
            <span class={s.sub} dir="auto">
              {now().media.performer ?? peerName(now().message.sender)}
            </span>
          </span>
          <input
            class={s.range}
            type="range"
            min="0"
            max="1000"
            aria-label={t("media.seek")}
            value={length() > 0 ? (1000 * position()) / length() : 0}
            onInput={(e) => seek(Number(e.currentTarget.value) / 1000)}
          />
          <span class={s.time}>{duration(position() * 1000)}</span>
          <Show when={now().message.kind === "voice"}>
            <button
              type="button"
              class={s.speed}
              title={t("media.speed", { n: speed() })}
              onClick={cycleSpeed}
            >
              {speed()}×
            </button>
          </Show>
          <IconButton icon="close" label={t("app.close")} onClick={stop} />
        </section>
      )}
    </Show>
  );
}
