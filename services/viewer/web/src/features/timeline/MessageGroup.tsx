import { createMemo, type JSX, Show } from "solid-js";
import { Avatar } from "~/components/Avatar";
import { isGroup } from "~/features/chats/titles";
import { Bubble } from "~/features/message/Bubble";
import { openMessageMenu } from "~/features/message/messageMenu";
import { openPeerMenu } from "~/features/message/peerMenu";
import type { Block, Entry } from "~/lib/layout";
import { peerName } from "~/lib/names";
import { Keyed } from "~/primitives/Keyed";
import { useChat } from "./context";
import s from "./MessageGroup.module.css";

type Group = Extract<Block, { type: "group" }>;

/** Bubbles of one sender; in a group chat their picture stands at the lower end and stays in view while they pass. */
export function MessageGroup(props: { group: Group; onFocus: (key: string) => void }): JSX.Element {
  const chat = useChat();
  const sender = () => props.group.entries[0]?.messages[0]?.sender ?? undefined;
  const faced = () => isGroup(chat.chat()) && !props.group.out;
  return (
    <div class={s.group} classList={{ [s.out ?? ""]: props.group.out, [s.faced ?? ""]: faced() }}>
      <Show when={faced()}>
        <div class={s.side} aria-hidden="true">
          <Show
            when={sender()}
            fallback={
              <Avatar
                name={chat.chat().title ?? ""}
                colour={chat.chat().colour}
                src={chat.chat().avatar}
                size={34}
              />
            }
          >
            {(peer) => (
              <button
                type="button"
                class={s.face}
                tabIndex={-1}
                onClick={(e) => openPeerMenu(e, peer(), chat)}
              >
                <Avatar name={peerName(peer())} colour={peer().colour} src={peer().avatar} size={34} />
              </button>
            )}
          </Show>
        </div>
      </Show>
      <div class={s.entries}>
        <Keyed each={props.group.entries}>
          {(entry) => (
            <EntryView entry={entry()} group={props.group} faced={faced()} onFocus={props.onFocus} />
          )}
        </Keyed>
      </div>
    </div>
  );
}

function EntryView(props: {
  entry: Entry;
  group: Group;
  faced: boolean;
  onFocus: (key: string) => void;
}): JSX.Element {
  const chat = useChat();
  const messages = createMemo(() => props.entry.messages, undefined, {
    equals: (a, b) => a.length === b.length && a.every((m, i) => m === b[i]),
  });
  const first = () => props.group.entries[0]?.key === props.entry.key;
  const last = () => props.group.entries.at(-1)?.key === props.entry.key;
  const menu = (x: number, y: number) => {
    const m = messages()[0];
    if (m) openMessageMenu(x, y, m, chat);
  };
  return (
    <div
      class={s.entry}
      role="listitem"
      tabIndex={-1}
      data-key={props.entry.key}
      data-ids={messages()
        .map((m) => m.id)
        .join(" ")}
      onFocus={() => props.onFocus(props.entry.key)}
      onContextMenu={(e) => {
        if ((e.target as Element).closest("a") || getSelection()?.toString()) return;
        e.preventDefault();
        menu(e.clientX, e.clientY);
      }}
      onClick={(e) => {
        // A tap is what a right click is to a mouse.
        if (
          (e as MouseEvent & { pointerType?: string }).pointerType !== "touch" ||
          (e.target as Element).closest("a, button, input, video")
        )
          return;
        menu(e.clientX, e.clientY);
      }}
      onKeyDown={(e) => {
        if (e.target !== e.currentTarget || e.key !== "Enter") return;
        // Else the key would also press the first item, which gets the focus now.
        e.preventDefault();
        const box = e.currentTarget.getBoundingClientRect();
        menu(box.left + 60, box.top + 20);
      }}
    >
      <Bubble messages={messages()} first={first()} last={last()} named={props.faced && first()} />
    </div>
  );
}
