import { createSignal, onCleanup } from "solid-js";
import { ApiError } from "~/api/client";

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/**
 * Tries again what failed, after pauses that grow, as long as whoever made it is there. The work says how it went; while
 * `waiting`, nobody else should ask for it.
 */
export function createRetry(work: () => void) {
  const [failing, setFailing] = createSignal(false);
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  onCleanup(() => {
    over = true;
    stop();
  });

  /** Without waiting any longer. */
  function now() {
    stop();
    work();
  }

  function failed(e?: unknown) {
    if (over) return;
    stop();
    setFailing(true);
    const wished = e instanceof ApiError ? (e.retryAfter ?? 0) * 1000 : 0;
    timer = setTimeout(now, Math.max(wished, Math.min(LONGEST_MS, FIRST_MS * 2 ** tries++)));
  }

  /** It went well, or is not wanted any more. */
  function done() {
    stop();
    tries = 0;
    setFailing(false);
  }

  return { failing, waiting: () => timer !== undefined, failed, done, now };
}
