import { useNavigate } from "@solidjs/router";
import { createMemo, For, type JSX, Show } from "solid-js";
import type { Hit } from "~/api/types";
import { Empty } from "~/components/Empty";
import { Spinner } from "~/components/Spinner";
import { errorText } from "~/components/toast";
import { ChatRow } from "~/features/chats/ChatRow";
import { findChats } from "~/features/chats/order";
import { account, chats } from "~/features/chats/store";
import { chatTitle } from "~/features/chats/titles";
import { t } from "~/i18n";
import { peerName } from "~/lib/names";
import { terms } from "~/lib/query";
import { createSearch } from "./createSearch";
import s from "./GlobalResults.module.css";
import { HitRow } from "./HitRow";
import { SearchMore } from "./SearchMore";
import { SearchNotes } from "./SearchNotes";

/** What the search over everything found: chats by name, then messages, those of one chat together. */
export function GlobalResults(props: { query: string; onOpen: () => void }): JSX.Element {
  const navigate = useNavigate();
  const search = createSearch(() => ({ account: account(), q: props.query }));
  const words = () => terms(props.query).join(" ");
  const found = createMemo(() => (words() ? findChats(chats(), words(), chatTitle).slice(0, 6) : []));
  const groups = createMemo(() => {
    const byChat = new Map<number, Hit[]>();
    for (const hit of search.hits()) byChat.set(hit.chat.id, [...(byChat.get(hit.chat.id) ?? []), hit]);
    return [...byChat.values()];
  });
  const open = (hit: Hit) => {
    const q = new URLSearchParams({ q: props.query });
    navigate(`/c/${account()}/${hit.chat.id}/${hit.id}?${q}`);
    props.onOpen();
  };

  return (
    <div class={s.results}>
      <Show when={found().length > 0}>
        <h2 class={s.heading}>{t("search.inChats")}</h2>
        <ul>
          <For each={found()}>
            {(chat) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the link inside takes the key
              <li onClick={() => props.onOpen()}>
                <ChatRow chat={chat} active={false} />
              </li>
            )}
          </For>
        </ul>
      </Show>
      <h2 class={s.heading}>{t("search.inMessages")}</h2>
      <SearchNotes search={search} />
      <For each={groups()}>
        {(hits) => (
          <section aria-label={peerName(hits[0]?.chat)}>
            <h3 class={s.chat} dir="auto">
              {peerName(hits[0]?.chat)}
            </h3>
            <For each={hits}>{(hit) => <HitRow hit={hit} onOpen={() => open(hit)} />}</For>
          </section>
        )}
      </For>
      <Show when={search.busy()}>
        <Spinner />
      </Show>
      <Show when={search.failure()}>
        <Empty icon="warn" title={errorText(search.failure())} />
      </Show>
      <SearchMore search={search} />
    </div>
  );
}
