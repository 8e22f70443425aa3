import { type Accessor, createEffect, createSignal, on, onCleanup } from "solid-js";
import { search } from "~/api/calls";
import type { Hit, SearchPage } from "~/api/types";
import { askedZone } from "~/i18n/format";

/** Asks while somebody types, a moment after the last key; an answer to an older question is thrown away. */
export function createSearch(question: Accessor<{ account: number | undefined; q: string; chat?: number }>) {
  const [hits, setHits] = createSignal<Hit[]>([]);
  const [page, setPage] = createSignal<SearchPage>();
  const [first, setFirst] = createSignal<SearchPage>();
  const [busy, setBusy] = createSignal(false);
  const [failure, setFailure] = createSignal<unknown>();
  let abort: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const run = async (cursor?: string) => {
    const { account, q, chat } = question();
    if (account === undefined) return;
    abort?.abort();
    abort = new AbortController();
    setBusy(true);
    setFailure(undefined);
    try {
      const answer = await search(
        account,
        {
          q,
          limit: 50,
          ...askedZone(),
          ...(chat === undefined ? {} : { chat }),
          ...(cursor ? { cursor } : {}),
        },
        abort.signal,
      );
      if (!cursor) setFirst(answer);
      setPage(answer);
      setHits((before) => (cursor ? [...before, ...answer.hits] : answer.hits));
      setBusy(false);
    } catch (e) {
      if (e instanceof DOMException && e.name === "AbortError") return;
      setFailure(e);
      setBusy(false);
    }
  };

  createEffect(
    on(question, ({ account, q, chat }, before) => {
      clearTimeout(timer);
      abort?.abort();
      // A hit does not say of which account it is.
      if (before && (before.account !== account || before.chat !== chat)) setHits([]);
      if (q.trim() === "") {
        setHits([]);
        setPage(undefined);
        setFirst(undefined);
        setBusy(false);
        return;
      }
      setBusy(true);
      timer = setTimeout(() => void run(), 200);
    }),
  );
  onCleanup(() => {
    clearTimeout(timer);
    abort?.abort();
  });

  const more = () => {
    const cursor = page()?.next;
    if (cursor && !busy()) void run(cursor);
  };
  /** Unix seconds down to which messages were looked at, if older ones were not yet. */
  const reached = () => page()?.reached ?? undefined;
  return { hits, first, busy, failure, more, reached, hasMore: () => Boolean(page()?.next) };
}

export type Search = ReturnType<typeof createSearch>;
