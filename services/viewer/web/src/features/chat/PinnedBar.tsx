import { createEffect, createResource, createSignal, For, type JSX, on, onCleanup, Show } from "solid-js";
import { chats } from "~/api/calls";
import { listen } from "~/api/events";
import type { Chat } from "~/api/types";
import { kindLabel } from "~/features/message/labels";
import { t } from "~/i18n";
import { go } from "~/lib/navigate";
import s from "./PinnedBar.module.css";

/** The pinned messages, newest first; each click goes to the shown one and then shows the next older. */
export function PinnedBar(props: { chat: Chat }): JSX.Element {
  const [pins, { refetch }] = createResource(
    () => ({ account: props.chat.account, chat: props.chat.id }),
    (key) =>
      chats.pinned(key).then(
        (m) => m.messages.filter((x) => x.deleted_at === null).reverse(),
        () => [],
      ),
  );
  const [at, setAt] = createSignal(0);
  createEffect(
    on(
      () => props.chat.id,
      () => setAt(0),
    ),
  );
  onCleanup(listen({ change: (c) => c.kind === "pinned" && c.chat === props.chat.id && void refetch() }));
  const all = () => pins.latest ?? [];
  const shown = () => all()[at() % Math.max(1, all().length)];
  const click = () => {
    const m = shown();
    if (!m) return;
    go(`/c/${props.chat.account}/${props.chat.id}/${m.id}`);
    setAt((i) => (i + 1) % all().length);
  };
  return (
    <Show when={shown()}>
      {(m) => (
        <button type="button" class={s.bar} onClick={click}>
          <span class={s.segments} aria-hidden="true">
            <For each={all().slice(0, 4)}>
              {(_, i) => <span data-on={i() === Math.min(3, at() % all().length) ? "" : undefined} />}
            </For>
          </span>
          <span class={s.text}>
            <span class={s.label}>
              {all().length > 1
                ? t("chat.pinnedN", { i: (at() % all().length) + 1, n: all().length })
                : t("chat.pinned")}
            </span>
            <span class={s.line} dir="auto">
              {m().text || kindLabel(m().kind)}
            </span>
          </span>
        </button>
      )}
    </Show>
  );
}
