import type { Gap, Message, MessageWindow } from "~/api/types";

/** The messages that are in the page: a bounded stretch of a chat, somewhere in it. */
export type Window = { messages: Message[]; gaps: Gap[]; hasOlder: boolean; hasNewer: boolean };

/** Never more in the page than this: two slices of what is fetched at once, and what live adds. */
export const SLICE = globalThis.innerHeight < 900 ? 40 : 60;
export const BOUND = 2 * SLICE;
/** What is asked for first: more than a view, and what is near it. */
export const FIRST = 40;
/** What fills a view, as a rule. */
export const VIEW = Math.ceil((globalThis.innerHeight || 0) / 75);
/** What is put into the page in one step: drawn before anybody notices that they waited. */
const PART = 8;

export const empty: Window = { messages: [], gaps: [], hasOlder: false, hasNewer: false };

export function replace(page: MessageWindow): Window {
  return {
    messages: page.messages,
    gaps: page.gaps,
    hasOlder: page.has_older,
    hasNewer: page.has_newer,
  };
}

/** A page in parts, the nearest to the window first; each says itself that there is more beyond it. */
export function parts(page: MessageWindow, side: "older" | "newer"): MessageWindow[] {
  const all = page.messages;
  const count = Math.max(1, Math.ceil(all.length / PART));
  return Array.from({ length: count }, (_, i) =>
    side === "older"
      ? {
          ...page,
          messages: all.slice(Math.max(0, all.length - (i + 1) * PART), all.length - i * PART),
          has_older: page.has_older || i + 1 < count,
        }
      : {
          ...page,
          messages: all.slice(i * PART, (i + 1) * PART),
          has_newer: page.has_newer || i + 1 < count,
        },
  );
}

/** Where a page that is to be read from `anchor` on begins to be shown: what is before it, and what is from it on. */
export function split(page: MessageWindow, anchor: number): [older: MessageWindow, newer: MessageWindow] {
  const at = page.messages.findIndex((m) => m.id >= anchor);
  const cut = at < 0 ? page.messages.length : at;
  return [
    { ...page, messages: page.messages.slice(0, cut), has_newer: true },
    { ...page, messages: page.messages.slice(cut), has_older: cut > 0 || page.has_older },
  ];
}

/** Joins an adjoining page at one end and lets go of what is too far away at the other. */
export function extend(w: Window, page: MessageWindow, side: "older" | "newer"): Window {
  const all = union(w.messages, page.messages);
  const cut = Math.max(0, all.length - BOUND);
  const messages = side === "older" ? all.slice(0, all.length - cut) : all.slice(cut);
  const [first, last] = [messages[0]?.id ?? 0, messages.at(-1)?.id ?? 0];
  const hasOlder = side === "older" ? page.has_older : w.hasOlder || cut > 0;
  const hasNewer = side === "older" ? w.hasNewer || cut > 0 : page.has_newer;
  // Beyond an end that is one of the chat's there may be a gap, too.
  const inside = (g: Gap) => (!hasOlder || g.last_id > first) && (!hasNewer || g.first_id < last);
  return { messages, gaps: unionGaps(w.gaps, page.gaps).filter(inside), hasOlder, hasNewer };
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
  return [...byFirst.values()].sort((x, y) => x.first_id - y.first_id);
}
