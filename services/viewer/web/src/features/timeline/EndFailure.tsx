import { type JSX, Show } from "solid-js";
import { Button } from "~/components/Button";
import { t } from "~/i18n";
import type { Timeline } from "./createTimeline";
import s from "./EndFailure.module.css";

/** At an end of the window beyond which more could not be loaded. */
export function EndFailure(props: { timeline: Timeline; side: "older" | "newer" }): JSX.Element {
  return (
    <Show when={props.timeline.failing(props.side)}>
      <div class={s.line} role="listitem">
        <span role="status">{t("chat.endFailed")}</span>
        <Button class={s.now ?? ""} onClick={() => props.timeline.tryNow(props.side)}>
          {t("chat.tryNow")}
        </Button>
      </div>
    </Show>
  );
}
