import { createSignal } from "solid-js";
import type { ChatKey } from "~/api/types";
import { readJson, write } from "~/lib/stored";

/** Where this browser stands in each chat: what it has seen, and where it was reading. */

type Seen = Record<string, number>;
const [seen, setSeen] = createSignal<Seen>(readJson<Seen>("seen") ?? {});
const name = (account: number, chat: number) => `${account}:${chat}`;

export const seenThrough = (account: number, chat: number): number | undefined => seen()[name(account, chat)];

export function markSeen(key: ChatKey, id: number) {
  if ((seenThrough(key.account, key.chat) ?? -1) >= id) return;
  setSeen((all) => ({ ...all, [name(key.account, key.chat)]: id }));
  write("seen", JSON.stringify(seen()));
}

/** A message, and how far its upper edge was below that of the view. `null`: at the newest message. */
export type Reading = { id: number; top: number };

const READING_LIMIT = 300;

export const readingPlace = (key: ChatKey): Reading | undefined =>
  readJson<Record<string, Reading>>("reading")?.[name(key.account, key.chat)];

export function keepReadingPlace(key: ChatKey, place: Reading | null) {
  const all = readJson<Record<string, Reading>>("reading") ?? {};
  const own = name(key.account, key.chat);
  delete all[own];
  if (place) all[own] = place;
  const newest = Object.entries(all).slice(-READING_LIMIT);
  write("reading", JSON.stringify(Object.fromEntries(newest)));
}
