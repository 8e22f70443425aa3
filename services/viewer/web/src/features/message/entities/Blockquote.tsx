import { createSignal, Show } from "solid-js";
import { Icon } from "~/components/Icon";
import { t } from "~/i18n";
import { type EntityView, Nodes } from "../parts/Nodes";
import s from "./Blockquote.module.css";

/** A quote; a collapsed one shows three lines until it is opened. */
export const Blockquote: EntityView = (props) => {
  const collapsible = () => (props.branch.entity.collapsed ?? false) && props.branch.text.length > 120;
  const [open, setOpen] = createSignal(false);
  return (
    <span class={s.quote} classList={{ [s.collapsed ?? ""]: collapsible() && !open() }}>
      <span class={s.body}>
        <Nodes nodes={props.branch.children} />
      </span>
      <Show when={collapsible()}>
        <button
          type="button"
          class={s.toggle}
          aria-expanded={open()}
          aria-label={t(open() ? "app.less" : "app.more")}
          onClick={() => setOpen(!open())}
        >
          <Icon name={open() ? "up" : "down"} />
        </button>
      </Show>
    </span>
  );
};
