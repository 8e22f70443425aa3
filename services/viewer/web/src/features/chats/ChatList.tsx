import { useLocation } from "@solidjs/router";
import { createVirtualizer } from "@tanstack/solid-virtual";
import { createEffect, createMemo, createSignal, For, type JSX, Match, on, Show, Switch } from "solid-js";
import type { Chat } from "~/api/types";
import { Button } from "~/components/Button";
import { Empty } from "~/components/Empty";
import { Icon } from "~/components/Icon";
import { Spinner } from "~/components/Spinner";
import { errorText } from "~/components/toast";
import { t } from "~/i18n";
import { ArchivedRow } from "./ArchivedRow";
import s from "./ChatList.module.css";
import { ChatRow } from "./ChatRow";
import { FolderTabs } from "./FolderTabs";
import { account, chats, failure, folder, inFolder, loadChats, loaded } from "./store";

const ROW = 72;

/** The chats, as many rows in the page as are seen. */
export function ChatList(): JSX.Element {
  let scroller: HTMLDivElement | undefined;
  const location = useLocation();
  const [archived, setArchived] = createSignal(false);
  createEffect(on(account, () => setArchived(false), { defer: true }));
  const archive = createMemo(() => chats().filter((c) => c.archived));
  const shown = createMemo(() =>
    archived() ? archive() : chats().filter((c) => (folder() === undefined ? !c.archived : inFolder(c))),
  );
  const isOpen = (chat: Chat) =>
    /^\/c\/\d+\/-?\d+/.exec(location.pathname)?.[0] === `/c/${chat.account}/${chat.id}`;

  const rows = createVirtualizer({
    get count() {
      return shown().length;
    },
    getScrollElement: () => scroller ?? null,
    estimateSize: () => ROW,
    overscan: 8,
  });

  return (
    <>
      <Show when={!archived()} fallback={<ArchivedBack onBack={() => setArchived(false)} />}>
        <FolderTabs />
      </Show>
      <div ref={scroller} class={s.scroller}>
        <Switch>
          <Match when={failure()}>
            <Empty icon="warn" title={errorText(failure())}>
              <Button onClick={() => void loadChats(account() ?? 0)}>{t("app.retry")}</Button>
            </Empty>
          </Match>
          <Match when={!loaded()}>
            <Spinner />
          </Match>
          <Match when={true}>
            <Show when={!archived() && folder() === undefined && archive().length > 0}>
              <ArchivedRow chats={archive()} onOpen={() => setArchived(true)} />
            </Show>
            <Show when={shown().length > 0} fallback={<Empty icon="archive" title={t("chats.none")} />}>
              <ul class={s.list} aria-label={t("chats.title")} style={{ height: `${rows.getTotalSize()}px` }}>
                <For each={rows.getVirtualItems()}>
                  {(row) => (
                    <li
                      class={s.item}
                      aria-setsize={shown().length}
                      aria-posinset={row.index + 1}
                      style={{ transform: `translateY(${row.start}px)` }}
                    >
                      <Show when={shown()[row.index]}>
                        {(chat) => <ChatRow chat={chat()} active={isOpen(chat())} />}
                      </Show>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
          </Match>
        </Switch>
      </div>
    </>
  );
}

function ArchivedBack(props: { onBack: () => void }): JSX.Element {
  return (
    <button type="button" class={s.archivedBack} onClick={() => props.onBack()}>
      <Icon name="back" />
      {t("chats.archived")}
      <span class="visually-hidden">{t("chats.archivedBack")}</span>
    </button>
  );
}
