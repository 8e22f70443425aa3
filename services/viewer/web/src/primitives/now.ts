import { type Accessor, createSignal, onCleanup } from "solid-js";

/** Unix seconds, counting on while somebody looks. */
export function createNow(everySeconds = 1): Accessor<number> {
  const [now, setNow] = createSignal(Date.now() / 1000);
  const timer = setInterval(() => setNow(Date.now() / 1000), everySeconds * 1000);
  onCleanup(() => clearInterval(timer));
  return now;
}
