import { onCleanup } from "solid-js";

/** Esc closes the topmost thing only: what opened last closes first. */
const stack: (() => void)[] = [];

export function onEscape(close: () => void) {
  stack.push(close);
  onCleanup(() => {
    const i = stack.lastIndexOf(close);
    if (i >= 0) stack.splice(i, 1);
  });
}

/** Whether something was closed. */
export function closeTopmost(): boolean {
  const close = stack.at(-1);
  close?.();
  return close !== undefined;
}
