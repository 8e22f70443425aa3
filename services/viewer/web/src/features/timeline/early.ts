import { messages as api, type Place } from "~/api/calls";
import type { ChatKey, MessageWindow } from "~/api/types";
import { FIRST } from "~/lib/window";
import { readingPlace } from "./places";

export type Go = { id?: number | undefined; day?: string | undefined };

/** A window that is asked for before there is a timeline to ask: beside the chat, not after it. */
export type Early = { place: Place; page: Promise<MessageWindow> };

export function ask(
  key: ChatKey,
  place: Place,
  topic: number | undefined,
  limit: number,
  signal?: AbortSignal,
) {
  return api.window(key, { ...place, limit, ...(topic === undefined ? {} : { topic }) }, signal);
}

/** What a timeline that opens like this asks for first. */
export function askEarly(key: ChatKey, go: Go, topic: number | undefined): Early {
  const reading = readingPlace(key);
  const place: Place =
    go.day !== undefined
      ? { around_date: go.day }
      : go.id !== undefined
        ? { around: go.id }
        : reading
          ? { around: reading.id }
          : {};
  const page = ask(key, place, topic, FIRST);
  // Whoever takes it hears of a failure; nobody may.
  page.catch(() => undefined);
  return { place, page };
}

export const isPlace = (a: Place, b: Place) => JSON.stringify(a) === JSON.stringify(b);
