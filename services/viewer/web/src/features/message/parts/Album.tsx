import { createMemo, For, type JSX, Show } from "solid-js";
import type { Message } from "~/api/types";
import { useChat } from "~/features/timeline/context";
import { mosaic } from "~/lib/mosaic";
import { Visual } from "../media/visual";
import s from "./Album.module.css";

/** Pictures and videos of one album, laid out as Telegram Desktop does. */
export function Album(props: { messages: Message[] }): JSX.Element {
  const chat = useChat();
  const layout = createMemo(() =>
    mosaic(
      props.messages.map((m) => ({ width: m.media[0]?.width ?? 1, height: m.media[0]?.height ?? 1 })),
      { maxWidth: 430, minWidth: 100, spacing: 2 },
    ),
  );
  const percent = (part: number, whole: number) => `${(100 * part) / Math.max(1, whole)}%`;
  return (
    <div
      class={s.album}
      style={{ width: `${layout().width}px`, "aspect-ratio": `${layout().width} / ${layout().height}` }}
    >
      <For each={props.messages}>
        {(m, i) => {
          const tile = () => layout().tiles[i()];
          return (
            <div
              class={s.tile}
              classList={{
                [s.lit ?? ""]: chat.lit() === m.id,
                [s.deleted ?? ""]: m.deleted_at !== null,
              }}
              style={{
                left: percent(tile()?.x ?? 0, layout().width),
                top: percent(tile()?.y ?? 0, layout().height),
                width: percent(tile()?.width ?? 0, layout().width),
                height: percent(tile()?.height ?? 0, layout().height),
              }}
            >
              <Show when={m.media[0]}>{(media) => <Visual message={m} media={media()} tile />}</Show>
            </div>
          );
        }}
      </For>
    </div>
  );
}
