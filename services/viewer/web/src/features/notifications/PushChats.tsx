import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import type { Chat, ChatKey } from "~/api/types";
import { findChats } from "~/features/chats/order";
import { chats } from "~/features/chats/store";
import { chatTitle } from "~/features/chats/titles";
import { t } from "~/i18n";
import s from "./NotificationSetting.module.css";
import { CHATS_LIMIT, chooseChats, chosenChats } from "./push";

const ROWS = 50;

const name = (of: ChatKey) => `${of.account}/${of.chat}`;
const keyOf = (chat: Chat): ChatKey => ({ account: chat.account, chat: chat.id });

/** Which chats are pushed to this device: all, or those that are chosen. */
export function PushChats(): JSX.Element {
  const [choosing, setChoosing] = createSignal(chosenChats() !== undefined);
  const all = () => {
    setChoosing(false);
    if (chosenChats()) chooseChats(undefined);
  };
  return (
    <fieldset class={s.chats}>
      <legend>{t("push.chats")}</legend>
      <label class={s.option}>
        <input type="radio" name="push-chats" checked={!choosing()} onChange={all} />
        <span>{t("push.chats.all")}</span>
      </label>
      <label class={s.option}>
        <input type="radio" name="push-chats" checked={choosing()} onChange={() => setChoosing(true)} />
        <span>{t("push.chats.chosen")}</span>
      </label>
      <Show when={choosing()}>
        <Choice />
      </Show>
    </fieldset>
  );
}

function Choice(): JSX.Element {
  const [typed, setTyped] = createSignal("");
  const chosen = createMemo(() => new Set((chosenChats() ?? []).map(name)));
  // Those that were chosen before stand first; none moves while it is clicked.
  const first = new Set(chosen());
  const shown = createMemo(() => {
    const found = findChats(chats(), typed(), chatTitle);
    const before = found.filter((c) => first.has(name(keyOf(c))));
    return [...before, ...found.filter((c) => !first.has(name(keyOf(c))))].slice(0, ROWS);
  });
  /** The server takes one at least: none would be no subscription. */
  const isFixed = (key: string) => (chosen().has(key) ? chosen().size === 1 : chosen().size >= CHATS_LIMIT);
  const toggle = (key: ChatKey) => {
    const before = chosenChats() ?? [];
    const without = before.filter((other) => name(other) !== name(key));
    chooseChats(without.length < before.length ? without : [...before, key]);
  };
  return (
    <>
      <input
        class={s.search}
        type="search"
        aria-label={t("push.chats.search")}
        placeholder={t("push.chats.search")}
        dir="auto"
        value={typed()}
        onInput={(e) => setTyped(e.currentTarget.value)}
      />
      <p class={s.note} role="status">
        {chosen().size === 0 ? t("push.chats.none") : t("push.chats.count", { n: chosen().size })}
        <Show when={chosen().size >= CHATS_LIMIT}> {t("push.chats.most", { n: CHATS_LIMIT })}</Show>
      </p>
      <ul class={s.list} aria-label={t("push.chats.chosen")}>
        <For each={shown()} fallback={<li class={s.note}>{t("chats.noneFound")}</li>}>
          {(chat) => {
            const key = name(keyOf(chat));
            return (
              <li>
                <label class={s.option} classList={{ [s.disabled ?? ""]: isFixed(key) }}>
                  <input
                    type="checkbox"
                    checked={chosen().has(key)}
                    disabled={isFixed(key)}
                    onChange={() => toggle(keyOf(chat))}
                  />
                  <span dir="auto">{chatTitle(chat)}</span>
                </label>
              </li>
            );
          }}
        </For>
      </ul>
    </>
  );
}
