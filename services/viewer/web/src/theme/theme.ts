import { createEffect } from "solid-js";
import { createStored } from "~/lib/stored";

export const THEMES = ["auto", "light", "dark", "oled"] as const;
export type Theme = (typeof THEMES)[number];

export const [theme, setTheme] = createStored<Theme>("theme", "auto", THEMES);

export const [pattern, setPattern] = createStored<"on" | "off">("pattern", "on", ["on", "off"]);

/** Call once, inside a root. */
export function applyTheme() {
  createEffect(() => {
    document.documentElement.dataset.theme = theme();
    document.documentElement.dataset.pattern = pattern();
  });
}
