import { createSignal, onCleanup } from "solid-js";
import type { ChatKey, MessageWindow } from "~/api/types";
import { FIRST } from "~/lib/window";
import type { ScrollKeeper } from "./createScrollKeeper";
import type { Timeline } from "./createTimeline";
import { atDay } from "./early";
import type { Reading } from "./places";

/** A jump came to the nearest message instead of the one that was asked for. */
export class NotArchived extends Error {}

const LIT_MS = 1800;

const newest = (page: MessageWindow) => page.messages.at(-1)?.id ?? 0;

/** Going somewhere in a chat, and back to where one was. */
export function createJumps(_key: ChatKey, timeline: Timeline, keeper: ScrollKeeper) {
  const [lit, setLit] = createSignal<number>();
  const [stack, setStack] = createSignal<Reading[]>([]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));

  const inWindow = (id: number) => timeline.window().messages.find((m) => m.id === id);
  const keyOf = (id: number) => {
    const m = inWindow(id);
    if (!m) return undefined;
    if (m.kind === "service") return serviceKey(id);
    return m.album ? `a${m.album}` : `m${id}`;
  };
  /** Runs of service messages stand under the key of their first. */
  const serviceKey = (id: number) =>
    timeline
      .window()
      .messages.filter((m) => m.kind === "service" && m.id <= id)
      .map((m) => `s${m.id}`)
      .reverse()
      .find((key) => document.querySelector(`[data-key="${key}"]`));
  const idOf = (key: string) =>
    key.startsWith("a")
      ? timeline.window().messages.find((m) => `a${m.album}` === key)?.id
      : Number(key.slice(1)) || undefined;

  function light(id: number) {
    clearTimeout(timer);
    setLit(undefined);
    setLit(id);
    timer = setTimeout(() => setLit(undefined), LIT_MS);
  }

  function push() {
    const place = keeper.reading();
    const id = place ? idOf(place.key) : timeline.window().messages.at(-1)?.id;
    if (id !== undefined) setStack((all) => [...all.slice(-19), { id, top: place?.top ?? Number.NaN }]);
  }

  async function to(id: number, options: { back?: boolean; light?: boolean } = {}) {
    if (options.back) push();
    const near = keyOf(id);
    if (near) {
      keeper.show(near, { smooth: true });
      light(id);
      return;
    }
    const before = timeline.window().messages[0]?.id ?? 0;
    const found = await timeline.load({ around: id });
    if (found === undefined) return;
    const key = keyOf(found);
    if (!key) return;
    // Comes from the side it lies on, over the last stretch only.
    keeper.show(key, { top: before > id ? -600 : 1400 });
    keeper.show(key, { smooth: options.back ?? false });
    if (found === id) light(id);
    else if (options.light !== false) throw new NotArchived();
  }

  async function toDay(day: string) {
    push();
    const found = await timeline.load(atDay(day));
    const key = found === undefined ? undefined : keyOf(found);
    if (key) keeper.show(key, { top: 48 });
  }

  /** Where one was reading; else what is new since the last visit; else the newest message. */
  async function open(place: Reading | undefined, readThrough: number | undefined) {
    if (place) {
      const found = await timeline.load({ around: place.id }, FIRST, () => true);
      const key = found === undefined ? undefined : keyOf(found);
      if (key && keeper.show(key, { top: place.top })) return;
    } else {
      // What is unread is led to once all of it is there.
      const isRead = (page: MessageWindow) => readThrough === undefined || newest(page) <= readThrough;
      await timeline.load({}, FIRST, isRead);
    }
    const first = timeline.window().messages[0]?.id ?? 0;
    if (readThrough !== undefined && first > readThrough && timeline.window().hasOlder) {
      await timeline.load({ around: readThrough });
    }
    if (!keeper.show("unread", { top: 10 })) keeper.toEnd(false);
  }

  async function toEnd() {
    if (stack().length > 0) return back();
    return latest();
  }

  async function latest() {
    setStack([]);
    if (timeline.window().hasNewer) {
      await timeline.load({});
      keeper.toEnd(false);
    } else keeper.toEnd(true);
  }

  async function back() {
    const place = stack().at(-1);
    if (!place) return;
    setStack((all) => all.slice(0, -1));
    if (Number.isNaN(place.top)) {
      if (timeline.window().hasNewer) await timeline.load({});
      keeper.toEnd(!timeline.window().hasNewer);
      return;
    }
    const here = keyOf(place.id);
    if (!here) await timeline.load({ around: place.id });
    const key = keyOf(place.id);
    if (key) keeper.show(key, { top: place.top, smooth: here !== undefined });
  }

  async function toStart() {
    push();
    await timeline.load({ after: 0 });
    const first = timeline.window().messages[0];
    const key = first ? keyOf(first.id) : undefined;
    if (key) keeper.show(key, { top: 60 });
  }

  return {
    to,
    toDay,
    toEnd,
    latest,
    toStart,
    back,
    open,
    lit,
    idOf,
    keyOf,
    canGoBack: () => stack().length > 0,
  };
}

export type Jumps = ReturnType<typeof createJumps>;
