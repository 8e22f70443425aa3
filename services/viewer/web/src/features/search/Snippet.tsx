import { For, type JSX } from "solid-js";
import type { Hit } from "~/api/types";
import { tree } from "~/lib/entities";

/** Text around a hit, with what was found marked. */
export function Snippet(props: { snippet: Hit["snippet"] }): JSX.Element {
  return (
    <For each={tree(props.snippet.text, props.snippet.ranges)}>
      {(node) => (typeof node === "string" ? node : <mark>{node.text}</mark>)}
    </For>
  );
}
