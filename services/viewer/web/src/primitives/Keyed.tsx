import { type Accessor, createMemo, For, type JSX } from "solid-js";

/** A list whose items keep their place in the page as long as their key stays, whatever object carries it. */
export function Keyed<T extends { key: string }>(props: {
  each: readonly T[];
  children: (item: Accessor<T>) => JSX.Element;
}) {
  const byKey = createMemo(() => new Map(props.each.map((item) => [item.key, item])));
  const keys = createMemo(() => props.each.map((item) => item.key));
  return (
    <For each={keys()}>
      {(key) => {
        // An item that just left is asked for once more before it is taken away: it keeps what it was.
        const item = createMemo<T>((before) => byKey().get(key) ?? (before as T));
        return props.children(item);
      }}
    </For>
  );
}
