import { useLocation, useNavigate, useParams, useSearchParams } from "@solidjs/router";
import {
  createComputed,
  createEffect,
  createMemo,
  createResource,
  createSignal,
  type JSX,
  Match,
  on,
  Show,
  Switch,
  untrack,
} from "solid-js";
import { chats as api } from "~/api/calls";
import type { Message } from "~/api/types";
import { Empty } from "~/components/Empty";
import { Spinner } from "~/components/Spinner";
import { account, chatOf, chooseAccount } from "~/features/chats/store";
import { chatTitle } from "~/features/chats/titles";
import { PlayerBar } from "~/features/player/PlayerBar";
import { setHighlighted } from "~/features/search/highlight";
import { askEarly, type Go } from "~/features/timeline/early";
import { Timeline } from "~/features/timeline/Timeline";
import { t } from "~/i18n";
import { lazily } from "~/lib/lazily";
import { go, repeats } from "~/lib/navigate";
import { terms } from "~/lib/query";
import { createTitle } from "~/lib/title";
import { ChatHeader } from "./ChatHeader";
import s from "./ChatPage.module.css";
import { takeFirst } from "./first";
import { PinnedBar } from "./PinnedBar";
import { TopicTabs } from "./TopicTabs";

const ChatSearch = lazily(() => import("~/features/search/ChatSearch"), "ChatSearch");
const HistoryDrawer = lazily(() => import("~/features/history/HistoryDrawer"), "HistoryDrawer");
const InfoDrawer = lazily(() => import("./InfoDrawer"), "InfoDrawer");
const RawDrawer = lazily(() => import("~/features/raw/RawDrawer"), "RawDrawer");

type Side = { type: "history" | "raw"; message: Message } | { type: "info" };

/** A chat: `/c/{account}/{chat}/{message}`, and in the query `q` (search), `topic` and `day`. */
export function ChatPage(): JSX.Element {
  const params = useParams<{ account: string; chat: string; message?: string }>();
  const [query, setQuery] = useSearchParams<{ q?: string; topic?: string; day?: string }>();
  const key = createMemo(() => ({ account: Number(params.account), chat: Number(params.chat) }), undefined, {
    equals: (a, b) => a.account === b.account && a.chat === b.chat,
  });
  // The address decides whose chats stand beside it; who chooses another account leaves the chat.
  createComputed(on(key, (k) => chooseAccount(k.account)));
  createEffect(
    on(account, (id) => id !== undefined && id !== untrack(key).account && navigate("/"), { defer: true }),
  );
  const first = createMemo(on(key, takeFirst));
  const [fetched] = createResource(key, (k) => first()?.chat ?? api.get(k).catch(() => null));
  // A list does not count messages; the chat itself does.
  const chat = createMemo(() => {
    const { account, chat } = key();
    const known = chatOf(key());
    const own =
      fetched.latest?.account === account && fetched.latest.id === chat ? fetched.latest : undefined;
    return known ? { ...known, messages: known.messages ?? own?.messages ?? null } : own;
  });
  createTitle(() => {
    const c = chat();
    return c && chatTitle(c);
  });
  const topic = () => (query.topic ? Number(query.topic) : undefined);
  const q = () => query.q;

  const [side, setSide] = createSignal<Side>();
  createEffect(on(key, () => setSide(undefined), { defer: true }));
  createEffect(() => setHighlighted(terms(q() ?? "")));

  const wish = createMemo<Go>(() => {
    repeats();
    return { id: params.message ? Number(params.message) : undefined, day: query.day };
  });
  const early = createMemo(on(key, (k) => first()?.early ?? askEarly(k, untrack(wish), untrack(topic))));
  const location = useLocation();
  const navigate = useNavigate();
  /** Not by `setQuery`, which takes an empty value out: a search without words is one that begins. */
  const search = (text: string, replace = false) => {
    const q = new URLSearchParams(location.search);
    q.set("q", text);
    navigate(`${location.pathname}?${q}`, { replace, scroll: false });
  };

  return (
    <Show
      when={chat()}
      fallback={
        <Show when={fetched() === null} fallback={<Spinner />}>
          <Empty icon="search" title={t("app.notFound")} text={t("app.notFoundText")} />
        </Show>
      }
    >
      {(c) => (
        <div class={s.page}>
          <section class={`${s.middle} wall`} aria-label={c().title ?? ""}>
            <ChatHeader chat={c()} onSearch={() => search("")} onInfo={() => setSide({ type: "info" })} />
            <Show when={key()} keyed>
              {(at) => (
                <>
                  <PinnedBar at={at} />
                  <TopicTabs
                    chat={c()}
                    topic={topic()}
                    onChoose={(id) => setQuery({ topic: id, day: undefined })}
                  />
                </>
              )}
            </Show>
            <PlayerBar />
            <Show when={key()} keyed>
              {(at) => (
                <Timeline
                  at={at}
                  chat={c()}
                  topic={topic()}
                  go={wish()}
                  early={early()}
                  onSearch={search}
                  onHistory={(message) => setSide({ type: "history", message })}
                  onRaw={(message) => setSide({ type: "raw", message })}
                />
              )}
            </Show>
          </section>
          <Show when={q() !== undefined}>
            <ChatSearch
              chat={c()}
              query={q() ?? ""}
              onQuery={(text) => search(text, true)}
              onOpen={(id) =>
                go(`/c/${c().account}/${c().id}/${id}?${new URLSearchParams({ q: q() ?? "" })}`)
              }
              onClose={() => setQuery({ q: undefined })}
            />
          </Show>
          <Show when={side()} keyed>
            {(x) => (
              <Switch>
                <Match when={x.type === "info"}>
                  <InfoDrawer chat={c()} onClose={() => setSide(undefined)} />
                </Match>
                <Match when={x.type === "history" && x}>
                  {(h) => (
                    <HistoryDrawer
                      account={key().account}
                      message={(h() as { message: Message }).message}
                      onClose={() => setSide(undefined)}
                    />
                  )}
                </Match>
                <Match when={x.type === "raw" && x}>
                  {(r) => (
                    <RawDrawer
                      account={key().account}
                      message={(r() as { message: Message }).message}
                      onClose={() => setSide(undefined)}
                    />
                  )}
                </Match>
              </Switch>
            )}
          </Show>
        </div>
      )}
    </Show>
  );
}
