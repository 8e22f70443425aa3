import { type Accessor, createSignal, onCleanup } from "solid-js";

/** Whether the page is looked at. */
export function createVisible(): Accessor<boolean> {
  const [visible, setVisible] = createSignal(!document.hidden);
  const update = () => setVisible(!document.hidden);
  document.addEventListener("visibilitychange", update);
  onCleanup(() => document.removeEventListener("visibilitychange", update));
  return visible;
}
