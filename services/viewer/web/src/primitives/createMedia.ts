import { type Accessor, createSignal, onCleanup } from "solid-js";

/** Whether a media query holds, now and from now on. */
export function createMedia(query: string): Accessor<boolean> {
  const list = matchMedia(query);
  const [matches, set] = createSignal(list.matches);
  const update = () => set(list.matches);
  list.addEventListener("change", update);
  onCleanup(() => list.removeEventListener("change", update));
  return matches;
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
export const isMobile = () => matchMedia("(max-width: 600px)").matches;
