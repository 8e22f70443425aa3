import { createSignal, For, type JSX, onCleanup, onMount, Show } from "solid-js";
import { Portal } from "solid-js/web";
import { onEscape } from "~/primitives/escape";
import { Icon, type IconName } from "./Icon";
import s from "./Menu.module.css";

export type MenuItem = { icon: IconName; label: string; run: () => void; href?: string; danger?: boolean };
type Open = { x: number; y: number; items: MenuItem[]; label: string; back: HTMLElement | null };

const [open, setOpen] = createSignal<Open>();

/** One menu at a time, at a point of the screen. */
export function openMenu(x: number, y: number, label: string, items: MenuItem[]) {
  setOpen({ x, y, items, label, back: document.activeElement as HTMLElement | null });
}

function close() {
  const back = open()?.back;
  setOpen(undefined);
  back?.focus({ preventScroll: true });
}

export function MenuHost(): JSX.Element {
  onCleanup(() => setOpen(undefined));
  return (
    <Show when={open()} keyed>
      {(menu) => <MenuAt {...menu} />}
    </Show>
  );
}

function MenuAt(menu: Open): JSX.Element {
  let list: HTMLDivElement | undefined;
  const [place, setPlace] = createSignal({ x: menu.x, y: menu.y });
  onEscape(close);
  onMount(() => {
    if (!list) return;
    const box = list.getBoundingClientRect();
    const rtl = document.documentElement.dir === "rtl";
    const x = rtl ? menu.x - box.width : menu.x;
    setPlace({
      x: Math.max(8, Math.min(x, innerWidth - box.width - 8)),
      y: Math.max(8, Math.min(menu.y, innerHeight - box.height - 8)),
    });
    list.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  });
  const outside = (e: PointerEvent) => !list?.contains(e.target as globalThis.Node) && close();
  addEventListener("pointerdown", outside, true);
  onCleanup(() => removeEventListener("pointerdown", outside, true));
  const onKeyDown = (e: KeyboardEvent) => {
    const items = [...(list?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) items[(at + step + items.length) % items.length]?.focus();
    else if (e.key === "Tab") close();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <Portal>
      <div
        ref={list}
        class={s.menu}
        role="menu"
        tabIndex={-1}
        aria-label={menu.label}
        style={{ left: `${place().x}px`, top: `${place().y}px` }}
        onKeyDown={onKeyDown}
      >
        <For each={menu.items}>
          {(item) => (
            <button
              type="button"
              role="menuitem"
              class={s.item}
              classList={{ [s.danger ?? ""]: item.danger ?? false }}
              onClick={() => {
                close();
                item.run();
              }}
            >
              <Icon name={item.icon} />
              {item.label}
            </button>
          )}
        </For>
      </div>
    </Portal>
  );
}
