import { createResource, createSignal, For, type JSX, onCleanup, Show, untrack } from "solid-js";
import { chats } from "~/api/calls";
import { concerns, listen } from "~/api/events";
import type { Change, ChatKey } from "~/api/types";
import { kindLabel } from "~/features/message/labels";
import { t } from "~/i18n";
import { go } from "~/lib/navigate";
import s from "./PinnedBar.module.css";

/** The pinned messages, newest first; each click goes to the shown one and then shows the next older. */
export function PinnedBar(props: { at: ChatKey }): JSX.Element {
  const key = untrack(() => props.at);
  const [pins, { refetch }] = createResource(() =>
    chats.pinned(key).then(
      (m) => m.messages.filter((x) => x.deleted_at === null).reverse(),
      () => [],
    ),
  );
  const [at, setAt] = createSignal(0);
  const all = () => pins.latest ?? [];
  const isOfPins = (c: Change) =>
    c.account === key.account &&
    c.chat === key.chat &&
    (c.kind === "pinned" ||
      ((c.kind === "edited" || c.kind === "deleted") && all().some((m) => concerns(c, m.id))));
  onCleanup(listen({ change: (c) => isOfPins(c) && void refetch(), reload: () => void refetch() }));
  const shown = () => all()[at() % Math.max(1, all().length)];
  const click = () => {
    const m = shown();
    if (!m) return;
    go(`/c/${key.account}/${key.chat}/${m.id}`);
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
