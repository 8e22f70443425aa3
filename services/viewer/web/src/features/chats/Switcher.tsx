import { useNavigate } from "@solidjs/router";
import { createMemo, createSignal, For, type JSX, onCleanup, Show } from "solid-js";
import { Avatar } from "~/components/Avatar";
import { Modal } from "~/components/Modal";
import { t } from "~/i18n";
import { findChats } from "./order";
import s from "./Switcher.module.css";
import { chats } from "./store";
import { chatIcon, chatSubtitle, chatTitle } from "./titles";

const [open, setOpen] = createSignal(false);
export const openSwitcher = () => setOpen(true);

export function SwitcherHost(): JSX.Element {
  onCleanup(() => setOpen(false));
  return (
    <Show when={open()}>
      <Switcher />
    </Show>
  );
}

/** Type a few letters, Enter: the chat is open. */
function Switcher(): JSX.Element {
  const navigate = useNavigate();
  const [typed, setTyped] = createSignal("");
  const [at, setAt] = createSignal(0);
  const found = createMemo(() => findChats(chats(), typed(), chatTitle).slice(0, 12));
  const go = (i: number) => {
    const chat = found()[i];
    if (!chat) return;
    setOpen(false);
    navigate(`/c/${chat.account}/${chat.id}`);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const n = found().length;
    if (e.key === "ArrowDown") setAt((i) => (i + 1) % Math.max(1, n));
    else if (e.key === "ArrowUp") setAt((i) => (i - 1 + n) % Math.max(1, n));
    else if (e.key === "Enter") go(at());
    else return;
    e.preventDefault();
  };
  return (
    <Modal title={t("chats.switcher")} onClose={() => setOpen(false)}>
      <input
        class={s.input}
        role="combobox"
        aria-expanded="true"
        aria-controls="switcher-list"
        aria-activedescendant={found()[at()] ? `switch-${found()[at()]?.id}` : undefined}
        aria-label={t("chats.search")}
        placeholder={t("chats.search")}
        autofocus
        dir="auto"
        value={typed()}
        onInput={(e) => {
          setTyped(e.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="switcher-list" role="listbox" aria-label={t("chats.title")} class={s.list}>
        <For each={found()} fallback={<p class={s.none}>{t("chats.noneFound")}</p>}>
          {(chat, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above takes the keys
            <div
              id={`switch-${chat.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={i() === at()}
              class={s.option}
              onClick={() => go(i())}
              onMouseMove={() => setAt(i())}
            >
              <Avatar
                name={chatTitle(chat)}
                colour={chat.colour}
                src={chat.avatar}
                size={38}
                {...(chatIcon(chat) ? { icon: "bookmark" as const } : {})}
              />
              <span class={s.name} dir="auto">
                {chatTitle(chat)}
              </span>
              <span class={s.sub}>{chatSubtitle(chat)}</span>
            </div>
          )}
        </For>
      </div>
    </Modal>
  );
}
