import { For, type JSX, Show } from "solid-js";
import type { BodyOf, Message } from "~/api/types";
import { Icon } from "~/components/Icon";
import { t } from "~/i18n";
import s from "./Poll.module.css";

/** A poll or quiz with what was known of its results when it was captured. */
export function Poll(props: { message: Message }): JSX.Element {
  const body = () =>
    props.message.body?.type === "poll" ? (props.message.body as BodyOf<"poll">) : undefined;
  const kind = (p: BodyOf<"poll">) =>
    [
      t(p.quiz ? "poll.quiz" : p.public_voters ? "poll.public" : "poll.anonymous"),
      p.multiple_choice ? t("poll.multiple") : "",
      p.closed ? t("poll.closed") : "",
    ]
      .filter(Boolean)
      .join(", ");
  return (
    <Show when={body()}>
      {(p) => (
        <div class={s.poll}>
          <strong class={s.question} dir="auto">
            {p().question}
          </strong>
          <span class={s.kind}>{kind(p())}</span>
          <ul class={s.options}>
            <For each={p().options}>
              {(o) => (
                <li
                  class={s.option}
                  data-result={o.correct ? "right" : o.chosen && p().quiz ? "wrong" : undefined}
                >
                  <span class={s.percent}>{o.percent === null ? "" : `${o.percent}%`}</span>
                  <span class={s.answer} dir="auto">
                    {o.text}
                    <Show when={o.chosen}>
                      <span class={s.mark} role="img" aria-label={t("poll.chosen")}>
                        <Icon name={p().quiz && !o.correct ? "close" : "check"} />
                      </span>
                    </Show>
                    <Show when={o.correct}>
                      <span class="visually-hidden"> {t("poll.correct")}</span>
                    </Show>
                  </span>
                  <span class={s.track}>
                    <span class={s.bar} style={{ width: `${Math.max(1.5, o.percent ?? 0)}%` }} />
                  </span>
                </li>
              )}
            </For>
          </ul>
          <Show when={p().solution}>
            <p class={s.solution} dir="auto">
              {p().solution}
            </p>
          </Show>
          <span class={s.total}>
            {p().total_voters === null ? t("poll.noVotes") : t("poll.votes", { n: p().total_voters ?? 0 })} ·{" "}
            {t("poll.asOf")}
          </span>
        </div>
      )}
    </Show>
  );
}
