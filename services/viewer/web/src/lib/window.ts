import type { Gap, Message, MessageWindow } from "~/api/types";

/** The messages that are in the page: a bounded stretch of a chat, somewhere in it. */
export type Window = { messages: Message[]; gaps: Gap[]; hasOlder: boolean; hasNewer: boolean };

/** Never more in the page than this: two slices of what is fetched at once, and what live adds. */
export const SLICE = globalThis.innerHeight < 900 ? 40 : 60;
export const BOUND = 2 * SLICE;
/** What is asked for first: more than a view, and no more than is soon drawn. */
export const FIRST = 25;

export const empty: Window = { messages: [], gaps: [], hasOlder: false, hasNewer: false };

export function replace(page: MessageWindow): Window {
  return {
    messages: page.messages,
    gaps: page.gaps,
    hasOlder: page.has_older,
    hasNewer: page.has_newer,
  };
}

/** Joins an adjoining page at one end and lets go of what is too far away at the other. */
export function extend(w: Window, page: MessageWindow, side: "older" | "newer"): Window {
  const all = union(w.messages, page.messages);
  const cut = Math.max(0, all.length - BOUND);
  const messages = side === "older" ? all.slice(0, all.length - cut) : all.slice(cut);
  const [first, last] = [messages[0]?.id ?? 0, messages.at(-1)?.id ?? 0];
  const gaps = unionGaps(w.gaps, page.gaps).filter((g) => g.last_id > first && g.first_id < last);
  return side === "older"
    ? { messages, gaps, hasOlder: page.has_older, hasNewer: w.hasNewer || cut > 0 }
    : { messages, gaps, hasOlder: w.hasOlder || cut > 0, hasNewer: page.has_newer };
}

/** Puts newer states of messages in their places; those that are not in the window stay out. */
export function refresh(w: Window, fresh: readonly Message[], gone: ReadonlySet<number> = new Set()): Window {
  const byId = new Map(fresh.map((m) => [m.id, m]));
  const messages = w.messages
    .filter((m) => byId.has(m.id) || !gone.has(m.id))
    .map((m) => byId.get(m.id) ?? m);
  return { ...w, messages };
}

function union(a: readonly Message[], b: readonly Message[]): Message[] {
  const byId = new Map<number, Message>();
  for (const m of [...a, ...b]) byId.set(m.id, m);
  return [...byId.values()].sort((x, y) => x.id - y.id);
}

function unionGaps(a: readonly Gap[], b: readonly Gap[]): Gap[] {
  const byFirst = new Map<number, Gap>();
  for (const g of [...a, ...b]) byFirst.set(g.first_id, g);
  return [...byFirst.values()];
}
