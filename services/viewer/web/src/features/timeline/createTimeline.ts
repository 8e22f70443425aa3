import { type Accessor, batch, createSignal, onCleanup } from "solid-js";
import { messages as api, type Place } from "~/api/calls";
import { concerns, type Listener, listen } from "~/api/events";
import type { Change, ChatKey, MessageWindow } from "~/api/types";
import * as W from "~/lib/window";
import { createRetry } from "~/primitives/createRetry";
import { pause } from "~/primitives/pause";
import { answers, ask as askFor, type Early } from "./early";

/** History that streams in reloads what is shown at most so often. */
const RELOAD_MS = 2000;
/** As many messages are asked for by their ids at once. */
const BY_ID = 200;

type Side = "older" | "newer";
const SIDES: readonly Side[] = ["older", "newer"];

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
  /** What happened live at the end of the window, and which message was the newest one then. */
  let unsaid: { change: Change; newest: number }[] = [];
  /** Whether an end of the window is near to what is seen. */
  const near = { older: false, newer: false };
  const ends = { older: createRetry(() => goOn("older")), newer: createRetry(() => goOn("newer")) };
  const reloads = createRetry(() => reloadSoon());
  const refreshes = createRetry(() => void refresh());

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
      for (const retry of [ends.older, ends.newer, reloads]) retry.done();
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
        void catchUp().then(extendNear);
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

  async function extend(side: Side) {
    const w = win();
    const edge = side === "older" ? w.messages[0] : w.messages.at(-1);
    if (!edge || busy || ends[side].waiting() || (side === "older" ? !w.hasOlder : !w.hasNewer)) return;
    await fetchMore(side, edge.id);
    await catchUp();
  }

  function extendNear() {
    for (const side of SIDES) if (near[side]) void extend(side);
  }

  function setNear(side: Side, isNear: boolean) {
    near[side] = isNear;
    if (isNear) void extend(side);
  }

  /** Once more what failed, if it is still wanted. */
  function goOn(side: Side) {
    if (busy) ends[side].failed();
    else if (side === "newer" && again && !win().hasNewer) void catchUp();
    else if (near[side]) void extend(side);
  }

  async function fetchMore(side: Side, edge: number) {
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
        ends[side].done();
      });
    } catch (e) {
      if (mine !== generation) {
        // Ended by a load, which may fail; not by leaving the chat.
        if (side === "newer") again = true;
      } else if (!isAbort(e)) {
        if (side === "newer" && !win().hasNewer) again = true;
        ends[side].failed(e);
      }
    } finally {
      if (mine === generation) busy = false;
    }
    // The other end may have come near meanwhile, and hears of no change of the window.
    if (ends[side].waiting()) extendNear();
  }

  const dirty = new Set<number>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let refreshing = false;
  let left = false;

  async function refresh() {
    timer = undefined;
    for (const id of dirty) if (!win().messages.some((m) => m.id === id)) dirty.delete(id);
    const ids = [...dirty].slice(0, BY_ID);
    if (ids.length === 0) return refreshes.done();
    for (const id of ids) dirty.delete(id);
    const mine = generation;
    refreshing = true;
    try {
      const { messages } = await api.byId(key, ids);
      if (mine === generation) setWin((w) => W.refresh(w, messages, new Set(ids)));
      // The window that came meanwhile may be newer than this answer; one that did not come is older.
      else for (const id of ids) dirty.add(id);
      refreshes.done();
    } catch (e) {
      for (const id of ids) dirty.add(id);
      refreshes.failed(e);
    } finally {
      refreshing = false;
    }
    refreshSoon();
  }

  function refreshSoon() {
    if (dirty.size === 0 || refreshing || refreshes.waiting() || left) return;
    timer ??= setTimeout(() => void refresh(), 150);
  }

  function touch(change: Change) {
    for (const m of win().messages) if (change.kind === "incident" || concerns(change, m.id)) dirty.add(m.id);
    refreshSoon();
  }

  async function takeNew(change: Change) {
    const w = win();
    const newest = w.messages.at(-1)?.id ?? 0;
    if (change.ids.some((id) => id < newest)) reloadSoon();
    if (busy || !w.hasNewer) again = true;
    if (change.live) {
      if (w.hasNewer) void countWaiting(change, newest);
      else unsaid.push({ change, newest });
    }
    await catchUp();
  }

  /** A change does not say of which topics its messages are: in a topic they are asked for. */
  async function countWaiting(change: Change, newest: number) {
    const of = topic();
    const newer = change.ids.filter((id) => id > newest);
    if (of === undefined) {
      setWaiting((n) => n + (change.is_range ? 1 : newer.length));
      return;
    }
    if (change.is_range || newer.length === 0) return;
    const mine = generation;
    const found = await api.byId(key, newer.slice(-BY_ID)).catch(() => undefined);
    const count = found?.messages.filter((m) => m.topic_id === of).length ?? 0;
    if (mine === generation && win().hasNewer) setWaiting((n) => n + count);
  }

  async function catchUp() {
    while (again && !busy && state() === "ready" && !win().hasNewer && !ends.newer.waiting()) {
      again = false;
      await fetchMore("newer", win().messages.at(-1)?.id ?? 0);
    }
    if (again || busy || win().hasNewer) return;
    const here = win().messages;
    const isHere = ({ change, newest }: { change: Change; newest: number }) =>
      here.filter((m) => m.id > newest && concerns(change, m.id)).length;
    const said = unsaid.reduce((n, one) => n + isHere(one), 0);
    unsaid = [];
    if (said > 0) setArrived((n) => n + said);
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
    await load(place, Math.max(W.SLICE, w.messages.length)).catch(reloads.failed);
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
    left = true;
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
    /** To be told whenever an end of the window comes near to what is seen, or is no longer. */
    near: setNear,
    /** More could not be loaded there, and is tried again. */
    failing: (side: Side) => ends[side].failing(),
    tryNow: (side: Side) => ends[side].now(),
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
