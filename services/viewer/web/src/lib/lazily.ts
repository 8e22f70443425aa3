import { type Component, lazy } from "solid-js";

/** A component by its name, from a part of the page that comes when it is first needed. */
export function lazily<P extends object, K extends string>(
  load: () => Promise<Record<K, Component<P>>>,
  name: K,
) {
  return lazy(async () => ({ default: (await load())[name] }));
}
