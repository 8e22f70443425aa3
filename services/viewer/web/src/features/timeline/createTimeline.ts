import { type Accessor, batch, createSignal, onCleanup } from "solid-js";
import { messages as api, type Place } from "~/api/calls";
import { concerns, listen } from "~/api/events";
import type { Change, ChatKey } from "~/api/types";
import * as W from "~/lib/window";

/** The bounded window over a chat: what is loaded, in which direction more is asked for, and how live changes enter. */
export function createTimeline(key: ChatKey, topic: Accessor<number | undefined>) {
  const [win, setWin] = createSignal<W.Window>(W.empty);
  const [state, setState] = createSignal<"loading" | "ready" | "failed">("loading");
  const [failure, setFailure] = createSignal<unknown>();
  const [waiting, setWaiting] = createSignal(0);
  const [arrived, setArrived] = createSignal(0);
  // A jump makes every answer to an older question worthless.
  let generation = 0;
  let abort = new AbortController();
  const busy = { older: false, newer: false };

  const ask = (place: Place, limit = W.SLICE) => {
    const t = topic();
    return api.window(key, { ...place, limit, ...(t === undefined ? {} : { topic: t }) }, abort.signal);
  };

  /** Replaces the window. Gives the message that was asked for, or the nearest one. */
  async function load(place: Place): Promise<number | undefined> {
    const mine = ++generation;
    abort.abort();
    abort = new AbortController();
    busy.older = busy.newer = false;
    if (win().messages.length === 0) setState("loading");
    try {
      const page = await ask(place);
      if (mine !== generation) return undefined;
      batch(() => {
        setWin(W.replace(page));
        setState("ready");
        if (!page.has_newer) setWaiting(0);
      });
      return page.anchor ?? page.messages.at(-1)?.id;
    } catch (e) {
      if (mine === generation && !isAbort(e)) {
        setFailure(e);
        setState(win().messages.length === 0 ? "failed" : "ready");
        throw e;
      }
      return undefined;
    }
  }

  async function extend(side: "older" | "newer") {
    const w = win();
    const edge = side === "older" ? w.messages[0] : w.messages.at(-1);
    if (!edge || busy[side] || (side === "older" ? !w.hasOlder : !w.hasNewer)) return;
    await fetchMore(side, edge.id);
  }

  async function fetchMore(side: "older" | "newer", edge: number) {
    const mine = generation;
    busy[side] = true;
    try {
      const page = await ask(side === "older" ? { before: edge } : { after: edge });
      if (mine !== generation) return;
      setWin((now) => W.extend(now, page, side));
    } catch (e) {
      if (!isAbort(e)) setFailure(e);
    } finally {
      if (mine === generation) busy[side] = false;
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

  async function takeNew(change: Change) {
    const w = win();
    const newest = w.messages.at(-1)?.id ?? 0;
    const count = change.is_range ? 1 : change.ids.filter((id) => id > newest).length;
    const inside = w.messages.length > 0 && change.ids.some((id) => id < newest);
    if (inside && !change.live) dirtyWindow();
    if (w.hasNewer) {
      if (change.live) setWaiting((n) => n + count);
      return;
    }
    if (busy.newer) {
      // Asked again when the answer is there: it may be older than this message.
      setTimeout(() => void takeNew(change), 100);
      return;
    }
    await fetchMore("newer", newest);
    if (change.live && count > 0) setArrived((n) => n + count);
  }

  /** The history filled up inside of what is shown: load the same place again. */
  let reloading: ReturnType<typeof setTimeout> | undefined;
  function dirtyWindow() {
    reloading ??= setTimeout(() => {
      reloading = undefined;
      const middle = win().messages[Math.floor(win().messages.length / 2)];
      if (middle && win().hasNewer) void load({ around: middle.id }).catch(() => undefined);
    }, 2000);
  }

  const stop = listen({
    change: (change) => {
      if (change.account !== key.account || change.chat !== key.chat) return;
      if (change.kind === "new") {
        void takeNew(change);
        return;
      }
      if (change.kind === "chat" || change.kind === "other") return;
      for (const m of win().messages)
        if (change.kind === "incident" || concerns(change, m.id)) dirty.add(m.id);
      if (dirty.size > 0) timer ??= setTimeout(() => void refresh(), 150);
    },
    reload: () => {
      const w = win();
      const place = w.hasNewer ? { around: w.messages[Math.floor(w.messages.length / 2)]?.id ?? 0 } : {};
      void load(place).catch(() => undefined);
    },
  });
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

export type Timeline = ReturnType<typeof createTimeline>;

const isAbort = (e: unknown) => e instanceof DOMException && e.name === "AbortError";
