import { type JSX, onMount } from "solid-js";
import { Portal } from "solid-js/web";
import { t } from "~/i18n";
import { onEscape } from "~/primitives/escape";
import { IconButton } from "./IconButton";
import s from "./Modal.module.css";

/** A dialog over everything. The browser keeps the focus inside it and gives it back. */
export function Modal(props: {
  title: string;
  onClose: () => void;
  children: JSX.Element;
  wide?: boolean;
}): JSX.Element {
  let dialog: HTMLDialogElement | undefined;
  onEscape(() => props.onClose());
  onMount(() => dialog?.showModal());
  return (
    <Portal>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes it; a click beside it is for the mouse */}
      <dialog
        ref={dialog}
        class={s.modal}
        classList={{ [s.wide ?? ""]: props.wide ?? false }}
        aria-label={props.title}
        onCancel={(e) => {
          e.preventDefault();
          props.onClose();
        }}
        onClick={(e) => e.target === dialog && props.onClose()}
      >
        <div class={s.head}>
          <h2>{props.title}</h2>
          <IconButton icon="close" label={t("app.close")} onClick={() => props.onClose()} />
        </div>
        <div class={s.body}>{props.children}</div>
      </dialog>
    </Portal>
  );
}
