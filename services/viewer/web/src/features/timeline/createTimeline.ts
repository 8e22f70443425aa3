import { type Accessor, batch, createSignal, onCleanup } from "solid-js";
import { messages as api, type Place } from "~/api/calls";
import { concerns, type Listener, listen } from "~/api/events";
import type { Change, ChatKey, MessageWindow } from "~/api/types";
import * as W from "~/lib/window";
import { pause } from "~/primitives/pause";
import { answers, ask as askFor, type Early } from "./early";

/** History that streams in reloads what is shown at most so often. */
const RELOAD_MS = 2000;

/** The bounded window over a chat: what is loaded, in which direction more is asked for, and how live changes enter. */
export function createTimeline(key: ChatKey, topic: Accessor<number | undefined>, early?: Early) {
  const [win, setWin] = createSignal<W.Window>(W.empty);
  const [state, setState] = createSignal<"loading" | "ready" | "failed">("loading");
  const [failure, setFailure] = createSignal<unknown>();
  const [waiting, setWaiting] = createSignal(0);
  const [arrived, setArrived] = createSignal(0);
  // A jump makes every answer to an older question worthless.
  let generation = 0;
  let abort = new AbortController();
  // One thing at a time is put in: what joins one end may let go of the other.
  let busy = false;
  // New messages came that what is being fetched or put in may not hold.
  let again = false;
  let unsaid = 0;

  const put = (next: (w: W.Window) => W.Window): W.Window => {
    const w = setWin(next);
    if (!w.hasNewer) setWaiting(0);
    return w;
  };

  // What changes while messages are on their way may be newer than the answer, and is of messages that are not here yet.
  let onTheirWay = 0;
  const meanwhile: Change[] = [];
  /** From the question until what came is in the window. */
  async function untilThere<T>(work: () => Promise<T>): Promise<T> {
    onTheirWay++;
    try {
      return await work();
    } finally {
      onTheirWay--;
      if (onTheirWay === 0) meanwhile.splice(0).forEach(late);
    }
  }

  let first = early;
  const ask = (place: Place, limit = W.SLICE) => {
    const asked = first;
    first = undefined;
    asked?.handOver({ ...hear, reload: reloadSoon });
    return asked && answers(asked, key, topic(), place)
      ? asked.page
      : askFor(key, place, topic(), limit, abort.signal);
  };

  /**
   * Replaces the window. Gives the message that was asked for, or the nearest one. What is to be shown `by parts` stands
   * in the page from its anchor on, or from its end, when this returns; the rest comes in afterwards.
   */
  const load = (place: Place, limit = W.FIRST, byParts: (page: MessageWindow) => boolean = () => false) =>
    untilThere(() => replace(place, limit, byParts));

  async function replace(
    place: Place,
    limit: number,
    byParts: (page: MessageWindow) => boolean,
  ): Promise<number | undefined> {
    const mine = ++generation;
    abort.abort();
    abort = new AbortController();
    busy = true;
    if (win().messages.length === 0) setState("loading");
    try {
      const page = await ask(place, limit);
      // What was asked for early is here while the page around it is still being made.
      await pause();
      if (mine !== generation) return undefined;
      const anchor = page.anchor ?? page.messages.at(-1)?.id;
      const steps = anchor !== undefined && byParts(page) ? inSteps(page) : [];
      const begin = steps.shift()?.(W.empty) ?? W.replace(page);
      busy = steps.length > 0;
      batch(() => {
        put(() => begin);
        if (!busy) setState("ready");
      });
      void untilThere(() => fill(steps, mine)).then(() => (mine === generation ? catchUp() : undefined));
      return anchor;
    } catch (e) {
      if (mine === generation) busy = false;
      if (mine === generation && !isAbort(e)) {
        setFailure(e);
        setState(win().messages.length === 0 ? "failed" : "ready");
        void catchUp();
        throw e;
      }
      return undefined;
    }
  }

  /** Puts in what is here already, one step after the other; in between the page answers. */
  async function fill(steps: ((w: W.Window) => W.Window)[], mine: number) {
    for (const step of steps) {
      await pause();
      if (mine !== generation) return;
      const last = step === steps.at(-1);
      if (last) busy = false;
      batch(() => {
        // Nobody sees how a view fills.
        if (put(step).messages.length >= W.VIEW || last) setState("ready");
      });
    }
  }

  async function extend(side: "older" | "newer") {
    const w = win();
    const edge = side === "older" ? w.messages[0] : w.messages.at(-1);
    if (!edge || busy || (side === "older" ? !w.hasOlder : !w.hasNewer)) return;
    await fetchMore(side, edge.id);
    await catchUp();
  }

  async function fetchMore(side: "older" | "newer", edge: number) {
    const mine = generation;
    busy = true;
    try {
      await untilThere(async () => {
        const page = await ask(side === "older" ? { before: edge } : { after: edge });
        for (const [i, part] of W.parts(page, side).entries()) {
          if (i > 0) await pause();
          if (mine !== generation) return;
          put((now) => W.extend(now, part, side));
        }
      });
    } catch (e) {
      if (!isAbort(e)) setFailure(e);
      // Ended by a load, which may fail; not by leaving the chat.
      else if (side === "newer" && mine !== generation) again = true;
    } finally {
      if (mine === generation) busy = false;
    }
  }

  const dirty = new Set<number>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function refresh() {
    timer = undefined;
    const ids = [...dirty].slice(0, 200);
    dirty.clear();
    const mine = generation;
    const fresh = await api.byId(key, ids).catch(() => undefined);
    if (fresh && mine === generation) setWin((w) => W.refresh(w, fresh.messages, new Set(ids)));
  }

  function touch(change: Change) {
    for (const m of win().messages) if (change.kind === "incident" || concerns(change, m.id)) dirty.add(m.id);
    if (dirty.size > 0) timer ??= setTimeout(() => void refresh(), 150);
  }

  async function takeNew(change: Change) {
    const w = win();
    const newest = w.messages.at(-1)?.id ?? 0;
    const count = change.is_range ? 1 : change.ids.filter((id) => id > newest).length;
    if (change.ids.some((id) => id < newest)) reloadSoon();
    if (busy || !w.hasNewer) again = true;
    if (change.live) {
      if (w.hasNewer) setWaiting((n) => n + count);
      else unsaid += count;
    }
    await catchUp();
  }

  async function catchUp() {
    while (again && !busy && state() === "ready" && !win().hasNewer) {
      again = false;
      await fetchMore("newer", win().messages.at(-1)?.id ?? 0);
    }
    if (unsaid === 0 || busy || win().hasNewer) return;
    const said = unsaid;
    unsaid = 0;
    setArrived((n) => n + said);
  }

  /** What happened while messages were on their way: to them, or between them. */
  function late(change: Change) {
    if (change.kind !== "new") {
      touch(change);
      return;
    }
    const here = win().messages;
    const newest = here.at(-1)?.id ?? 0;
    const isMissing = (id: number) => id < newest && (change.is_range || !here.some((m) => m.id === id));
    if (change.ids.some(isMissing)) reloadSoon();
  }

  /** The same stretch once more: history fills up inside of it, or nobody knows what happened. */
  async function reload() {
    const w = win();
    const last = w.messages.at(-1);
    const place = w.hasNewer && last ? { before: last.id + 1 } : {};
    await load(place, Math.max(W.SLICE, w.messages.length)).catch(() => undefined);
  }

  let reloading: ReturnType<typeof setTimeout> | undefined;
  function reloadSoon() {
    if (reloading !== undefined) return;
    reloading = setTimeout(() => {
      reloading = undefined;
      // Whoever is being led somewhere gets there first.
      if (onTheirWay > 0) reloadSoon();
      else void reload();
    }, RELOAD_MS);
  }

  const hear: Listener = {
    change: (change) => {
      if (change.account !== key.account || change.chat !== key.chat) return;
      if (change.kind === "chat" || change.kind === "other") return;
      if (onTheirWay > 0) meanwhile.push(change);
      if (change.kind === "new") void takeNew(change);
      else touch(change);
    },
    reload: () => void reload(),
  };
  const stop = listen(hear);
  onCleanup(() => {
    stop();
    abort.abort();
    clearTimeout(timer);
    clearTimeout(reloading);
  });

  return {
    window: win,
    state,
    failure,
    /** New messages beyond the window's end. */
    waiting,
    /** How many arrived live, ever: what is said to screen readers. */
    arrived,
    load,
    older: () => extend("older"),
    newer: () => extend("newer"),
  };
}

/** The parts of a page as they come in: what is seen first, what is newer, what is older. */
function inSteps(page: MessageWindow): ((w: W.Window) => W.Window)[] {
  const [older, newer] = page.anchor === null ? [page, undefined] : W.split(page, page.anchor);
  const before = W.parts(older, "older");
  const after = newer ? W.parts(newer, "newer") : [];
  const start = after.shift() ?? before.shift();
  if (!start) return [];
  // Above what one goes on reading from, there is what one has read.
  const above = after.length > 0 || newer ? before.shift() : undefined;
  return [
    () => (above ? W.extend(W.replace(start), above, "older") : W.replace(start)),
    ...after.map((part) => (w: W.Window) => W.extend(w, part, "newer")),
    ...before.map((part) => (w: W.Window) => W.extend(w, part, "older")),
  ];
}

export type Timeline = ReturnType<typeof createTimeline>;

const isAbort = (e: unknown) => e instanceof DOMException && e.name === "AbortError";
