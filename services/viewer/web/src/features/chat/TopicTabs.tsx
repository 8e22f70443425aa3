import { createResource, For, type JSX, Show } from "solid-js";
import { chats } from "~/api/calls";
import type { Chat } from "~/api/types";
import { t } from "~/i18n";
import s from "./TopicTabs.module.css";

/** The topics of a forum. */
export function TopicTabs(props: {
  chat: Chat;
  topic: number | undefined;
  onChoose: (id: number | undefined) => void;
}): JSX.Element {
  const [topics] = createResource(
    () => (props.chat.kind === "forum" ? { account: props.chat.account, chat: props.chat.id } : undefined),
    (key) =>
      chats.topics(key).then(
        (x) => x.topics.filter((topic) => !topic.hidden),
        () => [],
      ),
  );
  const colour = (rgb: number | null) => `#${(rgb ?? 0x6fb9f0).toString(16).padStart(6, "0")}`;
  return (
    <Show when={props.chat.kind === "forum" && (topics.latest?.length ?? 0) > 0}>
      <nav class={s.tabs} aria-label={t("chat.topics")}>
        <button
          type="button"
          class={s.tab}
          aria-pressed={props.topic === undefined}
          onClick={() => props.onChoose(undefined)}
        >
          {t("chat.allTopics")}
        </button>
        <For each={topics.latest}>
          {(topic) => (
            <button
              type="button"
              class={s.tab}
              aria-pressed={props.topic === topic.id}
              onClick={() => props.onChoose(topic.id)}
            >
              <span class={s.icon} aria-hidden="true" style={{ background: colour(topic.icon_colour) }} />
              <span dir="auto">{topic.title}</span>
              <Show when={topic.closed}>
                <span class={s.closed}>{t("chat.topicClosed")}</span>
              </Show>
            </button>
          )}
        </For>
      </nav>
    </Show>
  );
}
