import { createSignal, For, type JSX, onCleanup, Show } from "solid-js";
import { Modal } from "~/components/Modal";
import { type Key, t } from "~/i18n";
import s from "./shortcuts.module.css";

const [open, setOpen] = createSignal(false);
export const openShortcuts = () => setOpen(true);

const mod = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

const LIST: [string[], Key][] = [
  [[`${mod} K`], "shortcuts.switcher"],
  [["/"], "shortcuts.search"],
  [[`${mod} F`], "shortcuts.searchChat"],
  [["j", "k", "↓", "↑"], "shortcuts.move"],
  [["Alt ↓", "Alt ↑"], "shortcuts.chat"],
  [["PgUp", "PgDn"], "shortcuts.page"],
  [["Home", "End"], "shortcuts.ends"],
  [["d"], "shortcuts.date"],
  [["Esc"], "shortcuts.escape"],
  [["?"], "shortcuts.help"],
];

export function Shortcuts(): JSX.Element {
  onCleanup(() => setOpen(false));
  return (
    <Show when={open()}>
      <Modal title={t("shortcuts.title")} onClose={() => setOpen(false)}>
        <dl class={s.list}>
          <For each={LIST}>
            {([keys, label]) => (
              <div class={s.row}>
                <dt>{t(label)}</dt>
                <dd>
                  <For each={keys}>{(key) => <kbd>{key}</kbd>}</For>
                </dd>
              </div>
            )}
          </For>
        </dl>
      </Modal>
    </Show>
  );
}
