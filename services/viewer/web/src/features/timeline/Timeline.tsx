import {
  createEffect,
  createMemo,
  createSignal,
  type JSX,
  Match,
  on,
  onCleanup,
  onMount,
  Show,
  Switch,
  untrack,
} from "solid-js";
import type { Chat, ChatKey, Message } from "~/api/types";
import { Button } from "~/components/Button";
import { Empty } from "~/components/Empty";
import { Spinner } from "~/components/Spinner";
import { errorText, toast } from "~/components/toast";
import { t } from "~/i18n";
import { dayKey } from "~/i18n/format";
import { type Day, layout } from "~/lib/layout";
import { Keyed } from "~/primitives/Keyed";
import { ChatContext } from "./context";
import { createScrollKeeper } from "./createScrollKeeper";
import { createTimeline } from "./createTimeline";
import { DaySection } from "./DaySection";
import { EndFailure } from "./EndFailure";
import type { Early, Go } from "./early";
import { createJumps, NotArchived } from "./jumps";
import { keepReadingPlace, markSeen, readingPlace, seenThrough } from "./places";
import { ScrollButtons } from "./ScrollButtons";
import s from "./Timeline.module.css";
import { createTimelineKeys } from "./timelineKeys";

type Props = {
  /** As the address says. */
  at: ChatKey;
  chat: Chat;
  topic: number | undefined;
  /** Where to go; a new object is a new wish. */
  go: Go;
  early: Early | undefined;
  onSearch: (query: string) => void;
  onHistory: (m: Message) => void;
  onRaw: (m: Message) => void;
};

/** The messages of a chat: a window that can be anywhere in it. */
export function Timeline(props: Props): JSX.Element {
  const key = untrack(() => props.at);
  const timeline = createTimeline(
    key,
    () => props.topic,
    untrack(() => props.early),
  );
  const w = timeline.window;
  const keeper = createScrollKeeper(() => !w().hasNewer);
  const jumps = createJumps(key, timeline, keeper);
  const readThrough = seenThrough(key.account, key.chat);
  let scroller: HTMLDivElement | undefined;
  let content: HTMLDivElement | undefined;
  let top: HTMLDivElement | undefined;
  let bottom: HTMLDivElement | undefined;

  const days = createMemo<Day[]>(
    (before) => layout(w().messages, { dayOf: dayKey, gaps: w().gaps, readThrough, before }),
    [],
  );

  // The layout is in the page when effects run: the eye's place is kept before anything is painted.
  createEffect(on(days, () => keeper.restore(), { defer: true }));

  createEffect(
    on(
      () => props.go,
      (go) => {
        if (go.day !== undefined) void jumps.toDay(go.day).catch(failed);
        else if (go.id !== undefined)
          void jumps.to(go.id, { back: timeline.state() === "ready" }).catch(failed);
        else if (timeline.state() === "ready") void jumps.latest().catch(failed);
        else void jumps.open(readingPlace(key), readThrough).catch(() => undefined);
      },
    ),
  );
  createEffect(
    on(
      () => props.topic,
      () => void jumps.open(undefined, undefined).catch(() => undefined),
      { defer: true },
    ),
  );
  const failed = (e: unknown) => toast(e instanceof NotArchived ? t("chat.jumpFailed") : errorText(e));

  onMount(() => {
    if (!scroller || !content || !top || !bottom) return;
    keeper.attach(scroller, content);
    const near = new IntersectionObserver(
      (entries) => {
        for (const e of entries) timeline.near(e.target === top ? "older" : "newer", e.isIntersecting);
      },
      { root: scroller, rootMargin: "1200px 0px" },
    );
    // Observed anew after each change: the end of a window may still be near after it grew.
    createEffect(
      on(w, () => {
        for (const end of [top, bottom]) {
          if (!end) continue;
          near.unobserve(end);
          near.observe(end);
        }
      }),
    );
    onCleanup(() => near.disconnect());
  });

  const remember = () => {
    if (timeline.state() !== "ready" || props.topic !== undefined) return;
    const place = keeper.reading();
    const id = place ? jumps.idOf(place.key) : undefined;
    keepReadingPlace(key, place && id !== undefined ? { id, top: place.top } : null);
    if (!place) markSeen(key, w().messages.at(-1)?.id ?? 0);
  };
  keeper.onIdle(remember);
  createEffect(
    on(timeline.arrived, () => keeper.fromEnd() < 50 && !document.hidden && remember(), { defer: true }),
  );
  onCleanup(remember);

  const [focused, setFocused] = createSignal<string>();
  createTimelineKeys({ keeper, timeline, jumps, focused, setFocused });

  return (
    <ChatContext.Provider
      value={{
        chat: () => props.chat,
        messages: () => w().messages,
        jump: (id) => void jumps.to(id, { back: true }).catch(failed),
        searchFor: (q) => props.onSearch(q),
        showHistory: (m) => props.onHistory(m),
        showRaw: (m) => props.onRaw(m),
        lit: jumps.lit,
      }}
    >
      <div class={s.wrap}>
        <div
          ref={scroller}
          class={s.scroller}
          data-scrolling={keeper.scrolling() ? "" : undefined}
          tabIndex={0}
          id="messages"
        >
          <div
            ref={content}
            class={s.content}
            role="list"
            aria-label={t("chat.messageList")}
            aria-busy={timeline.state() === "loading"}
          >
            <div ref={top} class={s.end} />
            <EndFailure timeline={timeline} side="older" />
            <Keyed each={days()}>{(day) => <DaySection day={day()} onFocus={setFocused} />}</Keyed>
            <EndFailure timeline={timeline} side="newer" />
            <div ref={bottom} class={s.end} />
          </div>
          <Switch>
            <Match when={timeline.state() === "loading"}>
              <Spinner class={s.center ?? ""} />
            </Match>
            <Match when={timeline.state() === "failed"}>
              <div class={s.center}>
                <div class={s.card}>
                  <Empty icon="warn" title={t("chat.loadFailed")} text={errorText(timeline.failure())}>
                    <Button look="fill" onClick={() => void timeline.load({}).catch(() => undefined)}>
                      {t("app.retry")}
                    </Button>
                  </Empty>
                </div>
              </div>
            </Match>
            <Match when={w().messages.length === 0}>
              <div class={s.center}>
                <div class={s.card}>
                  <Empty icon="archive" title={t("chat.noMessages")} />
                </div>
              </div>
            </Match>
          </Switch>
        </div>
        <ScrollButtons timeline={timeline} keeper={keeper} jumps={jumps} />
        <div class="visually-hidden" aria-live="polite">
          <Show when={timeline.arrived() > 0}>{t("message.newLive", { n: timeline.arrived() })}</Show>
        </div>
      </div>
    </ChatContext.Provider>
  );
}
