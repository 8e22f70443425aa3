import { createEffect, onCleanup } from "solid-js";

const NAME = document.title;

/** What the tab is called while something is open. */
export function createTitle(title: () => string | undefined) {
  createEffect(() => {
    const own = title();
    document.title = own ? `${own} – ${NAME}` : NAME;
  });
  onCleanup(() => {
    document.title = NAME;
  });
}
