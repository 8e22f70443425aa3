import { createSignal } from "solid-js";
import type { Change } from "./types";

/** Live events. The browser reconnects by itself and says what it heard last; the server replays, or says `reload`. */

export type Listener = { change?: (change: Change) => void; reload?: () => void; lost?: () => void };

const listeners = new Set<Listener>();
let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;

type Connection = "idle" | "open" | "lost";
const [connection, setConnection] = createSignal<Connection>("idle");

export { connection };

export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

const reload = () => {
  for (const l of listeners) l.reload?.();
};

/** Longer than this nobody waits for the stream: the page is read without it, too. */
const PATIENCE_MS = 1500;

/**
 * Follows changes. Resolves when the stream stands (or does not come up soon): what is asked for from then on is never
 * older than what the stream tells. `missed`: something may have happened that nobody can replay.
 */
export function connect(missed = false): Promise<void> {
  disconnect();
  const stream = new EventSource("/api/v1/events");
  source = stream;
  let catchUp = missed;
  // Without an id there is no place from which the server could go on.
  let heard = false;
  stream.onopen = () => {
    setConnection("open");
    if (catchUp) reload();
    catchUp = false;
  };
  stream.onerror = () => {
    setConnection("lost");
    for (const l of listeners) l.lost?.();
    if (!heard) catchUp = true;
    // A refused connection is closed for good by the browser: begin anew.
    if (stream.readyState === EventSource.CLOSED)
      retry = setTimeout(() => void connect(true), 4000 + Math.random() * 2000);
  };
  stream.addEventListener("change", (e) => {
    const event = e as MessageEvent<string>;
    heard = event.lastEventId !== "";
    const change = JSON.parse(event.data) as Change;
    for (const l of listeners) l.change?.(change);
  });
  stream.addEventListener("reload", reload);
  return new Promise((resolve) => {
    stream.addEventListener("ready", (e) => {
      heard = (e as MessageEvent).lastEventId !== "";
      resolve();
    });
    setTimeout(resolve, PATIENCE_MS);
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
  return (
    id >= (change.ids[0] ?? Number.POSITIVE_INFINITY) && id <= (change.ids[1] ?? Number.NEGATIVE_INFINITY)
  );
}
