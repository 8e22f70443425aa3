import { messages as api, type Place } from "~/api/calls";
import { type Listener, listen } from "~/api/events";
import type { ChatKey, MessageWindow } from "~/api/types";
import { dayStart } from "~/i18n/format";
import { FIRST } from "~/lib/window";
import { readingPlace } from "./places";

export type Go = { id?: number | undefined; day?: string | undefined };

/** A window that is asked for before there is a timeline to ask: beside the chat, not after it. */
export type Early = {
  key: ChatKey;
  topic: number | undefined;
  place: Place;
  page: Promise<MessageWindow>;
  /** Tells what happened since it was asked for. From here on a timeline hears for itself. */
  handOver: (to: Listener) => void;
};

/** Ends the hearing for what was asked for last, if nobody took it. */
let stop = () => {};

export function ask(
  key: ChatKey,
  place: Place,
  topic: number | undefined,
  limit: number,
  signal?: AbortSignal,
) {
  return api.window(key, { ...place, limit, ...(topic === undefined ? {} : { topic }) }, signal);
}

/** The server would take a day for one of the archive's zone. */
export const atDay = (day: string): Place => ({ around_date: String(dayStart(day)) });

/** What a timeline that opens like this asks for first. */
export function askEarly(key: ChatKey, go: Go, topic: number | undefined): Early {
  const reading = readingPlace(key);
  const place: Place =
    go.day !== undefined
      ? atDay(go.day)
      : go.id !== undefined
        ? { around: go.id }
        : reading
          ? { around: reading.id }
          : {};
  stop();
  const heard: ((to: Listener) => void)[] = [];
  const mine = listen({
    change: (change) => {
      if (change.account === key.account && change.chat === key.chat) heard.push((to) => to.change?.(change));
    },
    reload: () => heard.push((to) => to.reload?.()),
  });
  stop = mine;
  const page = ask(key, place, topic, FIRST);
  // Whoever takes it hears of a failure; nobody may.
  page.catch(() => undefined);
  const handOver = (to: Listener) => {
    mine();
    for (const tell of heard.splice(0)) tell(to);
  };
  return { key, topic, place, page, handOver };
}

/** Whether it answers what a timeline asks. */
export const answers = (early: Early, key: ChatKey, topic: number | undefined, place: Place) =>
  early.key.account === key.account &&
  early.key.chat === key.chat &&
  early.topic === topic &&
  JSON.stringify(early.place) === JSON.stringify(place);
