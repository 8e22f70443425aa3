import type { JSX } from "solid-js";
import { type Key, t } from "./index";

/** A string whose places are taken by elements instead of text. */
export function tParts(
  key: Key,
  elements: Record<string, JSX.Element>,
  params: Record<string, string | number> = {},
) {
  const marks = Object.fromEntries(Object.keys(elements).map((name) => [name, `\u0001${name}\u0001`]));
  return t(key, { ...params, ...marks })
    .split("\u0001")
    .map((part, i) => (i % 2 === 1 ? elements[part] : part));
}
