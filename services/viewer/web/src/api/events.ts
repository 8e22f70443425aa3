import { createSignal } from "solid-js";
import type { Change } from "./types";

/** Live events. The browser reconnects by itself and says what it saw last; the server replays, or says `reload`. */

type Listener = { change?: (change: Change) => void; reload?: () => void };

const listeners = new Set<Listener>();
let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let wasLost = false;

export type Connection = "idle" | "open" | "lost";
export const [connection, setConnection] = createSignal<Connection>("idle");

export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function connect() {
  disconnect();
  const stream = new EventSource("/api/v1/events");
  source = stream;
  stream.onopen = () => setConnection("open");
  stream.onerror = () => {
    setConnection("lost");
    // A refused connection is closed for good by the browser: ask again, then load what was missed.
    if (stream.readyState === EventSource.CLOSED) {
      wasLost = true;
      retry = setTimeout(connect, 4000 + Math.random() * 2000);
    }
  };
  stream.addEventListener("open", () => {
    if (wasLost) for (const l of listeners) l.reload?.();
    wasLost = false;
  });
  stream.addEventListener("change", (e) => {
    const change = JSON.parse((e as MessageEvent<string>).data) as Change;
    for (const l of listeners) l.change?.(change);
  });
  stream.addEventListener("reload", () => {
    for (const l of listeners) l.reload?.();
  });
}

export function disconnect() {
  clearTimeout(retry);
  source?.close();
  source = undefined;
  setConnection("idle");
}

/** Whether the change speaks of this message. */
export function concerns(change: Change, id: number): boolean {
  if (!change.is_range) return change.ids.includes(id);
  return id >= (change.ids[0] ?? Number.POSITIVE_INFINITY) && id <= (change.ids[1] ?? Number.NEGATIVE_INFINITY);
}
