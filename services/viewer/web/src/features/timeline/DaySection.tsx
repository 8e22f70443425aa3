import { createSignal, type JSX, Match, onCleanup, onMount, Switch } from "solid-js";
import { openCalendar } from "~/features/calendar/open";
import { t } from "~/i18n";
import { dateTime, dayTitle } from "~/i18n/format";
import type { Block, Day } from "~/lib/layout";
import { Keyed } from "~/primitives/Keyed";
import { useChat } from "./context";
import s from "./DaySection.module.css";
import { GapMarker } from "./GapMarker";
import { MessageGroup } from "./MessageGroup";
import { ServiceLine } from "./ServiceLine";

/** A day: its date sticks to the upper edge while its messages pass below. */
export function DaySection(props: { day: Day; onFocus: (key: string) => void }): JSX.Element {
  let start: HTMLDivElement | undefined;
  const chat = useChat();
  const [stuck, setStuck] = createSignal(false);
  onMount(() => {
    const observer = new IntersectionObserver(
      ([entry]) =>
        setStuck(
          entry !== undefined &&
            !entry.isIntersecting &&
            entry.boundingClientRect.top < (entry.rootBounds?.top ?? 0),
        ),
      { root: start?.closest("#messages") ?? null },
    );
    if (start) observer.observe(start);
    onCleanup(() => observer.disconnect());
  });
  return (
    <div class={s.day}>
      <div ref={start} class={s.start} />
      <div class={s.date} role="listitem" data-stuck={stuck() ? "" : undefined}>
        <button
          type="button"
          class={s.pill}
          title={dateTime(props.day.date)}
          onClick={() => openCalendar(chat.chat(), props.day.date)}
        >
          {dayTitle(props.day.date)}
        </button>
      </div>
      <Keyed each={props.day.blocks}>
        {(block) => <BlockView block={block()} onFocus={props.onFocus} />}
      </Keyed>
    </div>
  );
}

function BlockView(props: { block: Block; onFocus: (key: string) => void }): JSX.Element {
  const as = <T extends Block["type"]>(type: T) =>
    props.block.type === type ? (props.block as Extract<Block, { type: T }>) : undefined;
  return (
    <Switch>
      <Match when={as("group")}>{(group) => <MessageGroup group={group()} onFocus={props.onFocus} />}</Match>
      <Match when={as("service")}>
        {(line) => <ServiceLine messages={line().messages} blockKey={line().key} />}
      </Match>
      <Match when={as("gap")}>{(gap) => <GapMarker gap={gap().gap} />}</Match>
      <Match when={as("unread")}>
        <div class={s.unread} role="listitem" data-key="unread">
          {t("chat.unread")}
        </div>
      </Match>
    </Switch>
  );
}
