import type { JSX } from "solid-js";
import { t } from "~/i18n";
import { onEscape } from "~/primitives/escape";
import s from "./Drawer.module.css";
import { IconButton } from "./IconButton";

/** The right column: beside the messages where there is room, over them where there is not. */
export function Drawer(props: { title: string; onClose: () => void; children: JSX.Element }): JSX.Element {
  onEscape(() => props.onClose());
  return (
    <aside class={s.drawer} aria-label={props.title}>
      <header class={s.head}>
        <IconButton icon="close" label={t("app.close")} onClick={() => props.onClose()} />
        <h2>{props.title}</h2>
      </header>
      <div class={s.body}>{props.children}</div>
    </aside>
  );
}
