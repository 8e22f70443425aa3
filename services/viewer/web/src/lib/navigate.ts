import { createSignal } from "solid-js";

/** Navigation for what is no component: the shell hands in the router's. */
let navigate: (to: string) => void = () => undefined;

export const setNavigate = (fn: (to: string) => void) => {
  navigate = fn;
};

/** Counts wishes to go where the address already says: to jump there once more. */
const [repeats, setRepeats] = createSignal(0);

export { repeats };

export function go(to: string) {
  if (to === location.pathname + location.search) setRepeats((n) => n + 1);
  else navigate(to);
}
