import { type Accessor, onCleanup, type Setter } from "solid-js";
import { typing } from "~/lib/typing";
import type { ScrollKeeper } from "./createScrollKeeper";
import type { Timeline } from "./createTimeline";
import type { Jumps } from "./jumps";

type Parts = {
  keeper: ScrollKeeper;
  timeline: Timeline;
  jumps: Jumps;
  focused: Accessor<string | undefined>;
  setFocused: Setter<string | undefined>;
};

/** j and k (or the arrows) move from message to message, the other keys through the chat. */
export function createTimelineKeys(p: Parts) {
  function move(step: number) {
    const scroller = p.keeper.scroller();
    const all = [...(scroller?.querySelectorAll<HTMLElement>('[data-key]:not([data-key="unread"])') ?? [])];
    if (!scroller || all.length === 0) return;
    const at = all.findIndex((e) => e.dataset.key === p.focused());
    const view = scroller.getBoundingClientRect();
    const visible = (e: HTMLElement) =>
      e.getBoundingClientRect().bottom > view.top + 40 && e.getBoundingClientRect().top < view.bottom;
    const current = all[at];
    const next =
      current && visible(current)
        ? all[at + step]
        : step > 0
          ? all.find(visible)
          : all.filter(visible).at(-1);
    if (!next) return;
    p.keeper.letGo();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    p.setFocused(next.dataset.key);
  }

  const onKey = (e: KeyboardEvent) => {
    if (
      e.defaultPrevented ||
      e.ctrlKey ||
      e.metaKey ||
      e.altKey ||
      typing(e) ||
      document.querySelector("dialog[open]")
    )
      return;
    if (e.key === "j" || e.key === "ArrowDown") move(1);
    else if (e.key === "k" || e.key === "ArrowUp") move(-1);
    else if (e.key === "PageUp") p.keeper.page(-1);
    else if (e.key === "PageDown") p.keeper.page(1);
    else if (e.key === "Home") void p.jumps.toStart().catch(() => undefined);
    else if (e.key === "End") void p.jumps.toEnd().catch(() => undefined);
    else return;
    e.preventDefault();
  };
  addEventListener("keydown", onKey);
  onCleanup(() => removeEventListener("keydown", onKey));
}
