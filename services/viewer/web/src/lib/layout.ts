import type { Gap, Message } from "~/api/types";

/** An album or a single message: what a bubble shows. */
export type Entry = { key: string; messages: Message[] };
/** Bubbles of one sender that stand together, or one line of its own. */
export type Block =
  | { type: "group"; key: string; out: boolean; entries: Entry[] }
  | { type: "service"; key: string; messages: Message[] }
  | { type: "gap"; key: string; gap: Gap }
  | { type: "unread"; key: string };
export type Day = { key: string; date: number; blocks: Block[] };

/** Telegram Web A's: messages of one sender within ten minutes stand together. */
const GROUP_SECONDS = 600;

export type LayoutOptions = {
  /** The calendar day of unix seconds, in the zone that is shown. */
  dayOf: (date: number) => string;
  gaps?: readonly Gap[];
  /** The last message seen before this visit. */
  readThrough?: number | undefined;
  /** Keys of the layout before: a group that grows at its upper end keeps its key, and so its place in the page. */
  before?: readonly Day[];
};

export function layout(messages: readonly Message[], o: LayoutOptions): Day[] {
  const kept = groupKeys(o.before ?? []);
  const gaps = [...(o.gaps ?? [])].sort((a, b) => a.first_id - b.first_id);
  const days: Day[] = [];
  let last: Message | undefined;
  let unread = o.readThrough !== undefined && messages[0] !== undefined && messages[0].id <= o.readThrough;
  for (const m of messages) {
    const breaks: Block[] = [];
    while (gaps[0] && gaps[0].last_id < m.id) {
      const gap = gaps.shift() as Gap;
      breaks.push({ type: "gap", key: `gap${gap.first_id}-${gap.last_id}`, gap });
    }
    const key = o.dayOf(m.date);
    let day = days.at(-1);
    if (!day || day.key !== key) {
      day = { key, date: m.date, blocks: [] };
      days.push(day);
      last = undefined;
    }
    if (unread && m.id > (o.readThrough ?? 0) && !m.out) {
      unread = false;
      breaks.push({ type: "unread", key: "unread" });
    }
    if (breaks.length > 0) last = undefined;
    day.blocks.push(...breaks);
    place(day, m, last);
    last = m;
  }
  for (const d of days) keepKeys(d, kept);
  for (const gap of gaps)
    days.at(-1)?.blocks.push({ type: "gap", key: `gap${gap.first_id}-${gap.last_id}`, gap });
  return days;
}

function place(day: Day, m: Message, last: Message | undefined) {
  const block = day.blocks.at(-1);
  if (m.kind === "service") {
    if (last && block?.type === "service" && sameRun(block.messages[0], m)) block.messages.push(m);
    else day.blocks.push({ type: "service", key: `s${m.id}`, messages: [m] });
    return;
  }
  if (last && block?.type === "group" && together(last, m)) {
    const entry = block.entries.at(-1);
    if (m.album && entry?.messages[0]?.album === m.album) entry.messages.push(m);
    else block.entries.push({ key: entryKey(m), messages: [m] });
    return;
  }
  day.blocks.push({
    type: "group",
    key: `g${m.id}`,
    out: m.out,
    entries: [{ key: entryKey(m), messages: [m] }],
  });
}

const entryKey = (m: Message) => (m.album ? `a${m.album}` : `m${m.id}`);

/** Whether `b` joins the group of `a`, its predecessor. */
function together(a: Message, b: Message): boolean {
  if (a.album && a.album === b.album) return true;
  return (
    a.kind !== "service" &&
    b.kind !== "service" &&
    b.date - a.date < GROUP_SECONDS &&
    a.out === b.out &&
    a.post === b.post &&
    a.sender?.id === b.sender?.id &&
    (a.post_author ?? null) === (b.post_author ?? null) &&
    (a.topic_id ?? null) === (b.topic_id ?? null)
  );
}

const MEMBERSHIP = /^chat_(add_user|delete_user|joined_by_link|joined_by_request)$/;

/** Runs of people coming and going are one line that opens. */
function sameRun(a: Message | undefined, b: Message): boolean {
  const name = (m: Message | undefined) => (m?.body?.type === "service" ? m.body.name : "");
  return MEMBERSHIP.test(name(a)) && MEMBERSHIP.test(name(b));
}

/** A group takes over the key under which any of its messages stood before, once. */
function keepKeys(day: Day, kept: Map<number, string>) {
  const used = new Set<string>();
  for (const block of day.blocks) {
    if (block.type !== "group") continue;
    const old = block.entries
      .flatMap((e) => e.messages)
      .map((m) => kept.get(m.id))
      .find((key) => key !== undefined && !used.has(key));
    block.key = old ?? block.key;
    used.add(block.key);
  }
}

/** The key under which each message's group stood. */
function groupKeys(days: readonly Day[]): Map<number, string> {
  const keys = new Map<number, string>();
  for (const block of days.flatMap((d) => d.blocks)) {
    if (block.type !== "group") continue;
    for (const m of block.entries.flatMap((e) => e.messages)) keys.set(m.id, block.key);
  }
  return keys;
}
