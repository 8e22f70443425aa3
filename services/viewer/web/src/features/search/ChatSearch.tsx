import { createEffect, createSignal, For, type JSX, on, onMount, Show } from "solid-js";
import type { Chat } from "~/api/types";
import { Empty } from "~/components/Empty";
import { IconButton } from "~/components/IconButton";
import { Spinner } from "~/components/Spinner";
import { errorText } from "~/components/toast";
import { t } from "~/i18n";
import { OPERATORS } from "~/lib/query";
import { onEscape } from "~/primitives/escape";
import { isMobile } from "~/primitives/media";
import s from "./ChatSearch.module.css";
import { createSearch } from "./createSearch";
import { HitRow } from "./HitRow";
import { SearchField } from "./SearchField";
import { SearchMore } from "./SearchMore";
import { SearchNotes } from "./SearchNotes";

type Props = {
  chat: Chat;
  query: string;
  onQuery: (q: string) => void;
  onOpen: (id: number) => void;
  onClose: () => void;
};

const HERE = OPERATORS.filter((o) => o !== "in");

/** Search in one chat: hits beside the messages, arrows through them, the words marked in the bubbles. */
export function ChatSearch(props: Props): JSX.Element {
  let field: HTMLInputElement | undefined;
  const search = createSearch(() => ({ account: props.chat.account, chat: props.chat.id, q: props.query }));
  const [at, setAt] = createSignal(-1);
  onEscape(() => props.onClose());
  onMount(() => field?.focus());
  createEffect(
    on(
      () => props.query,
      () => setAt(-1),
    ),
  );

  const open = (i: number) => {
    const hit = search.hits()[i];
    if (!hit) return;
    setAt(i);
    props.onOpen(hit.id);
    if (i >= search.hits().length - 3) search.more();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === "Enter") open(at() + (e.shiftKey ? -1 : 1));
    else if (e.key === "ArrowDown") open(at() + 1);
    else if (e.key === "ArrowUp") open(at() - 1);
    else return;
    e.preventDefault();
  };

  return (
    <aside
      class={s.panel}
      aria-label={t("search.title")}
      data-compact={at() >= 0 && isMobile() ? "" : undefined}
    >
      <header class={s.head}>
        <IconButton icon="close" label={t("app.close")} onClick={() => props.onClose()} />
        <SearchField
          ref={(el) => {
            field = el;
          }}
          value={props.query}
          placeholder={t("chat.search")}
          operators={HERE}
          onInput={props.onQuery}
          onKeyDown={onKeyDown}
        />
      </header>
      <Show when={search.hits().length > 0}>
        <div class={s.steps}>
          <span aria-live="polite">
            {at() >= 0
              ? t("search.nOfM", {
                  i: at() + 1,
                  n: search.first()?.total ?? `${search.hits().length}${search.hasMore() ? "+" : ""}`,
                })
              : ""}
          </span>
          <IconButton
            icon="up"
            label={t("search.previous")}
            disabled={at() <= 0}
            onClick={() => open(at() - 1)}
          />
          <IconButton
            icon="down"
            label={t("search.next")}
            disabled={at() + 1 >= search.hits().length}
            onClick={() => open(at() + 1)}
          />
        </div>
      </Show>
      <div class={s.results}>
        <Show
          when={props.query.trim() !== ""}
          fallback={<Empty icon="search" title={t("search.placeholder")} text={t("search.noneText")} />}
        >
          <SearchNotes search={search} />
          <For each={search.hits()}>
            {(hit, i) => <HitRow hit={hit} active={i() === at()} inChat onOpen={() => open(i())} />}
          </For>
          <Show when={search.busy()}>
            <Spinner />
          </Show>
          <Show when={search.failure()}>
            <Empty icon="warn" title={errorText(search.failure())} />
          </Show>
          <SearchMore search={search} />
        </Show>
      </div>
    </aside>
  );
}
