import { type Accessor, createContext, For, type JSX, type Setter, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import type { Entity } from "~/api/types";
import { highlighted } from "~/features/search/highlight";
import { type Branch, type Node, tree } from "~/lib/entities";
import { matches } from "~/lib/query";
import { entityViews } from "../entities";

export const SpoilerContext = createContext<{ open: Accessor<boolean>; setOpen: Setter<boolean> }>();

/** Text and what is in it. Plain text is marked where it matches the search. */
export function Nodes(props: { nodes: Node<Entity>[] }): JSX.Element {
  return (
    <For each={withoutBreaks(props.nodes)}>
      {(node) =>
        typeof node === "string" ? (
          <Marked text={node} />
        ) : (
          <Dynamic component={entityViews[node.entity.kind] ?? Plain} branch={node} />
        )
      }
    </For>
  );
}

/** A block ends its line itself: the line break behind it would be an empty line. */
function withoutBreaks(nodes: Node<Entity>[]): Node<Entity>[] {
  return nodes.map((node, i) => {
    const before = nodes[i - 1];
    const block =
      typeof before === "object" && (before.entity.kind === "pre" || before.entity.kind === "blockquote");
    return block && typeof node === "string" ? node.replace(/^\n/, "") : node;
  });
}

export type EntityView = (props: { branch: Branch<Entity> }) => JSX.Element;

const Plain: EntityView = (props) => <Nodes nodes={props.branch.children} />;

function Marked(props: { text: string }): JSX.Element {
  return (
    <Show when={highlighted().length > 0} fallback={props.text}>
      <For each={tree(props.text, matches(props.text, highlighted()))}>
        {(node) => (typeof node === "string" ? node : <mark>{node.text}</mark>)}
      </For>
    </Show>
  );
}
