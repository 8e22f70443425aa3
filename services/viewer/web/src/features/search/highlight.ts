import { createSignal } from "solid-js";

/** The words that are marked in bubbles: those of the search in the chat that is open. */
export const [highlighted, setHighlighted] = createSignal<readonly string[]>([]);
