import { createResource, createSignal, For, type JSX, Show } from "solid-js";
import { messages as api, search } from "~/api/calls";
import type { Chat, Message } from "~/api/types";
import { Button } from "~/components/Button";
import { Empty } from "~/components/Empty";
import { Icon } from "~/components/Icon";
import { Spinner } from "~/components/Spinner";
import { openLightbox } from "~/features/lightbox/lightbox";
import { kindLabel } from "~/features/message/labels";
import { stateText } from "~/features/message/media/state";
import { type Key, t } from "~/i18n";
import { bytes, duration, listDate } from "~/i18n/format";
import { plainName } from "~/lib/names";
import { go } from "~/lib/navigate";
import s from "./SharedMedia.module.css";

const TABS = ["photo", "video", "file", "link", "voice", "audio", "gif"] as const;
type Tab = (typeof TABS)[number];
const GRID = new Set<Tab>(["photo", "video", "gif"]);

type Found = { messages: Message[]; next: string | null };

/** What a chat holds of each sort, newest first. */
export function SharedMedia(props: { chat: Chat }): JSX.Element {
  const [tab, setTab] = createSignal<Tab>("photo");
  const key = () => ({ account: props.chat.account, chat: props.chat.id });
  const page = async (of: Tab, cursor?: string): Promise<Found> => {
    const answer = await search(props.chat.account, {
      q: `has:${of}`,
      chat: props.chat.id,
      limit: 60,
      ...(cursor ? { cursor } : {}),
    });
    const ids = answer.hits.map((h) => h.id);
    const found = ids.length > 0 ? (await api.byId(key(), ids)).messages : [];
    return { messages: found.reverse(), next: answer.next };
  };
  const [found, { mutate }] = createResource(tab, (of) =>
    page(of).catch(() => ({ messages: [], next: null })),
  );
  const more = async () => {
    const now = found();
    if (!now?.next) return;
    const older = await page(tab(), now.next);
    mutate({ messages: [...now.messages, ...older.messages], next: older.next });
  };
  const all = () => found()?.messages ?? [];

  return (
    <section aria-label={t("shared.title")}>
      <div class={s.tabs} role="group" aria-label={t("shared.title")}>
        <For each={TABS}>
          {(x) => (
            <button type="button" class={s.tab} aria-pressed={tab() === x} onClick={() => setTab(x)}>
              {t(`shared.${x}` as Key)}
            </button>
          )}
        </For>
      </div>
      <Show when={!found.loading} fallback={<Spinner />}>
        <Show
          when={all().length > 0 || found()?.next}
          fallback={<Empty icon="search" title={t("shared.none")} />}
        >
          <ul class={GRID.has(tab()) ? s.grid : s.rows}>
            <For each={all()}>
              {(m) => (
                <li>
                  <Show when={GRID.has(tab())} fallback={<Row message={m} account={props.chat.account} />}>
                    <Cell message={m} all={all()} account={props.chat.account} />
                  </Show>
                </li>
              )}
            </For>
          </ul>
          <Show when={found()?.next}>
            <Button class={s.more ?? ""} onClick={() => void more()}>
              {t("app.more")}
            </Button>
          </Show>
        </Show>
      </Show>
    </section>
  );
}

const toMessage = (account: number, m: Message) => go(`/c/${account}/${m.chat}/${m.id}`);

function Cell(props: { message: Message; all: Message[]; account: number }): JSX.Element {
  const media = () => props.message.media[0];
  const held = () => media()?.state === "stored" && media()?.inline;
  const src = () => (props.message.kind === "photo" && held() ? media()?.url : media()?.thumb);
  const open = () =>
    held()
      ? openLightbox(props.account, [...props.all].reverse(), props.message.id)
      : toMessage(props.account, props.message);
  return (
    <button
      type="button"
      class={s.cell}
      aria-label={`${kindLabel(props.message.kind)}, ${listDate(props.message.date)}`}
      onClick={open}
    >
      <Show when={src()} fallback={<Icon name={held() ? "play" : "clock"} />}>
        {(url) => <img src={url()} alt="" loading="lazy" decoding="async" />}
      </Show>
      <Show when={media()?.duration_ms}>{(ms) => <span class={s.length}>{duration(ms())}</span>}</Show>
    </button>
  );
}

function Row(props: { message: Message; account: number }): JSX.Element {
  const media = () => props.message.media[0];
  const page = () => (props.message.body?.type === "web_page" ? props.message.body : undefined);
  const title = () =>
    plainName(
      media()?.title ??
        media()?.name ??
        page()?.title ??
        (props.message.text.slice(0, 120) || kindLabel(props.message.kind)),
    );
  const line = () => {
    const m = media();
    const parts = [
      m?.performer,
      m?.duration_ms ? duration(m.duration_ms) : undefined,
      m?.size ? bytes(m.size) : undefined,
      m && m.state !== "stored" ? stateText(m) : undefined,
      page()?.display_url,
      listDate(props.message.date),
    ];
    return parts.filter(Boolean).join(" · ");
  };
  return (
    <button type="button" class={s.row} onClick={() => toMessage(props.account, props.message)}>
      <Icon name={page() || !media() ? "link" : props.message.kind === "document" ? "file" : "sound"} />
      <span class={s.text}>
        <span class={s.title} dir="auto">
          {title()}
        </span>
        <span class={s.line}>{line()}</span>
      </span>
    </button>
  );
}
