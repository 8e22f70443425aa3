import { createMemo, type JSX, Match, Show, Switch } from "solid-js";
import { Dynamic } from "solid-js/web";
import type { Message } from "~/api/types";
import { useChat } from "~/features/timeline/context";
import { t } from "~/i18n";
import { loneEmoji } from "~/lib/entities";
import s from "./Bubble.module.css";
import { kinds } from "./kinds";
import { Album } from "./parts/Album";
import { ForwardHeader } from "./parts/Forward";
import { Meta } from "./parts/Meta";
import { Reactions } from "./parts/Reactions";
import { ReplyHeader } from "./parts/Reply";
import { SenderName } from "./parts/SenderName";
import { Text } from "./parts/Text";
import { WebPageCard } from "./parts/WebPage";

type Props = { messages: Message[]; first: boolean; last: boolean; named: boolean };

/** One message, or one album, with all its parts. */
export function Bubble(props: Props): JSX.Element {
  const chat = useChat();
  const m = () => props.messages[0] as Message;
  /** An album has one caption below it; with two captions each belongs to its picture, and stands in the lightbox. */
  const spoken = createMemo(() => {
    const withText = props.messages.filter((x) => x.text !== "");
    return withText.length === 1 ? (withText[0] as Message) : m();
  });
  const isAlbum = () => props.messages.length > 1;
  const kind = createMemo(() => kinds[m().kind]);
  const page = () => (m().body?.type === "web_page" ? m().body : undefined);
  const lone = createMemo(
    () =>
      m().kind === "text" &&
      !page() &&
      m().entities.every((e) => e.kind === "custom_emoji") &&
      loneEmoji(m().text) > 0,
  );
  const erased = () => m().deleted_at !== null && m().kind === "text" && m().text === "";
  const bare = () => lone() || kind()?.look === "bare";
  const edge = () => !bare() && (isAlbum() ? isVisual(m()) : kind()?.look === "edge");
  const reactions = createMemo(() => m().reactions.filter((r) => r.count > 0));
  const meta = createMemo((): "pill" | "text" | "reactions" | "end" => {
    if (reactions().length > 0) return "reactions";
    if (bare() || (edge() && !spoken().text && !page())) return "pill";
    return spoken().text && !page() ? "text" : "end";
  });

  return (
    <div
      class={s.bubble}
      classList={{
        [s.bare ?? ""]: bare(),
        [s.edge ?? ""]: edge() ?? false,
        [s.edgeOnly ?? ""]: meta() === "pill" && !bare(),
        [s.tight ?? ""]:
          meta() === "end" && TIGHT.has(m().kind) && !m().media.some((f) => f.state !== "stored"),
        [s.first ?? ""]: props.first,
        [s.last ?? ""]: props.last,
        [s.deleted ?? ""]: m().deleted_at !== null,
        [s.headed ?? ""]: props.named || m().forward !== null || m().reply !== null,
      }}
      data-own={m().out ? "" : undefined}
      data-kind={m().kind}
    >
      <Show when={props.named || m().via_bot}>
        <SenderName message={m()} named={props.named} />
      </Show>
      <Show when={m().forward}>{(f) => <ForwardHeader forward={f()} />}</Show>
      <Show when={m().reply}>{(r) => <ReplyHeader message={m()} reply={r()} />}</Show>
      <Show when={!erased()} fallback={<p class={s.erased}>{t("message.erased")}</p>}>
        <Switch>
          <Match when={isAlbum() && isVisual(m())}>
            <div class={s.media}>
              <Album messages={props.messages} />
            </div>
          </Match>
          <Match when={isAlbum()}>
            {props.messages.map((x) => (
              <Dynamic component={(kinds[x.kind] ?? kinds.unknown)?.view} message={x} />
            ))}
          </Match>
          <Match when={kind()}>
            {(k) => (
              <div class={edge() ? s.media : s.inside}>
                <Dynamic component={k().view} message={m()} />
              </div>
            )}
          </Match>
        </Switch>
        <Show when={spoken().text}>
          <Text text={spoken().text} entities={spoken().entities} big={lone()}>
            <Show when={meta() === "text"}>
              <span class={s.corner}>
                <Meta message={spoken()} />
              </span>
            </Show>
          </Text>
        </Show>
        <Show when={page()}>
          {(p) => (
            <Show when={p().type === "web_page"}>
              {<WebPageCard page={p() as never} picture={m().media[0]} />}
            </Show>
          )}
        </Show>
      </Show>
      <Switch>
        <Match when={meta() === "reactions"}>
          <Reactions reactions={reactions()}>
            <span class={s.rowMeta}>
              <Meta message={m()} pill={bare()} />
            </span>
          </Reactions>
        </Match>
        <Match when={meta() === "pill"}>
          <span class={s.pill}>
            <Meta message={m()} pill />
          </span>
        </Match>
        <Match when={meta() === "end"}>
          <span class={s.corner}>
            <Meta message={m()} />
          </span>
        </Match>
      </Switch>
      <Show when={props.last && !bare()}>
        <svg class={s.tail} viewBox="0 0 9 18" aria-hidden="true">
          <path d="M9 18V0c-.3 6.5-2 12-8.3 16.3C.2 16.7.4 18 1.200 18z" />
        </svg>
      </Show>
      <Show when={chat.lit() !== undefined && props.messages.some((x) => x.id === chat.lit())}>
        <span class={s.light} aria-hidden="true" />
      </Show>
    </div>
  );
}

/** Kinds whose last line is short and at the left. */
const TIGHT = new Set<Message["kind"]>([
  "voice",
  "audio",
  "document",
  "poll",
  "contact",
  "unknown",
  "game",
  "invoice",
]);

const isVisual = (m: Message) => m.kind === "photo" || m.kind === "video" || m.kind === "animation";
