import { createMemo, createSignal, type JSX, Show } from "solid-js";
import type { Entity } from "~/api/types";
import { t } from "~/i18n";
import { loneEmoji, tree } from "~/lib/entities";
import { Nodes, SpoilerContext } from "./Nodes";
import s from "./Text.module.css";

/** Telegram's own limit is 4,096. What is longer came another way, and may be a megabyte: it opens on demand. */
const LONG = 10_000;

type Props = { text: string; entities: readonly Entity[]; children?: JSX.Element; big?: boolean };

/** The text of a message with its formatting; what stands at its end (the time) comes as a child. */
export function Text(props: Props): JSX.Element {
  const [whole, setWhole] = createSignal(false);
  const cut = () => !whole() && props.text.length > LONG;
  const nodes = createMemo(() => tree(cut() ? props.text.slice(0, LONG) : props.text, props.entities));
  // All spoilers of one message open together.
  const [open, setOpen] = createSignal(false);
  const emoji = createMemo(() => (props.big ? loneEmoji(props.text) : 0));
  return (
    <div class={s.text} data-emoji={emoji() || undefined} dir="auto">
      <SpoilerContext.Provider value={{ open, setOpen }}>
        <Nodes nodes={nodes()} />
      </SpoilerContext.Provider>
      <Show when={cut()}>
        …{" "}
        <button type="button" class={s.more} onClick={() => setWhole(true)}>
          {t("app.more")}
        </button>
      </Show>
      <Show when={props.children}>{props.children}</Show>
    </div>
  );
}
