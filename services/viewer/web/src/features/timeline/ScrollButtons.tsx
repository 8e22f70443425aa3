import { type JSX, Show } from "solid-js";
import { Icon } from "~/components/Icon";
import { t } from "~/i18n";
import { compact } from "~/i18n/format";
import type { ScrollKeeper } from "./createScrollKeeper";
import type { Timeline } from "./createTimeline";
import type { Jumps } from "./jumps";
import s from "./ScrollButtons.module.css";

/** Down to the newest message, or back to where one was before a jump. */
export function ScrollButtons(props: {
  timeline: Timeline;
  keeper: ScrollKeeper;
  jumps: Jumps;
}): JSX.Element {
  const away = () => props.timeline.window().hasNewer || props.keeper.fromEnd() > 50;
  const label = () =>
    props.jumps.canGoBack()
      ? t("chat.return")
      : props.timeline.waiting() > 0
        ? t("chat.toBottomN", { n: props.timeline.waiting() })
        : t("chat.toBottom");
  return (
    <Show when={props.timeline.state() === "ready" && (away() || props.jumps.canGoBack())}>
      <button
        type="button"
        class={s.button}
        aria-label={label()}
        title={label()}
        onClick={() => void props.jumps.toEnd().catch(() => undefined)}
      >
        <Icon name={props.jumps.canGoBack() ? "reply" : "down"} />
        <Show when={props.timeline.waiting() > 0}>
          <span class={s.count}>{compact(props.timeline.waiting())}</span>
        </Show>
      </button>
    </Show>
  );
}
