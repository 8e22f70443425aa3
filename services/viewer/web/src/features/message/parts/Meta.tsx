import { A } from "@solidjs/router";
import { type JSX, Show } from "solid-js";
import type { Message } from "~/api/types";
import { Icon } from "~/components/Icon";
import { isAdmin } from "~/features/session/session";
import { useChat } from "~/features/timeline/context";
import { isRtl, t } from "~/i18n";
import { at, compact, dateTime, time } from "~/i18n/format";
import s from "./Meta.module.css";

/** Time, and what else is known of the message: views, signature, pinned, edited, deleted, held. */
export function Meta(props: { message: Message; pill?: boolean }): JSX.Element {
  const chat = useChat();
  const m = () => props.message;
  return (
    <span class={s.meta} dir={isRtl() ? "rtl" : "ltr"} classList={{ [s.pill ?? ""]: props.pill ?? false }}>
      <Show when={m().held > 0}>
        <Show when={isAdmin()} fallback={<Mark icon="shield" label={t("message.held", { n: m().held })} />}>
          <A href="/incidents" class={s.held} title={t("message.held", { n: m().held })}>
            <Icon name="shield" />
            <span class="visually-hidden">{t("message.held", { n: m().held })}</span>
          </A>
        </Show>
      </Show>
      <Show when={m().deleted_at}>
        {(when) => (
          <span class={s.deleted} title={t("message.deletedAt", { date: at(when()) })}>
            <Icon name="trash" />
            {t("message.deleted")}
          </span>
        )}
      </Show>
      <Show when={m().pinned}>
        <Mark icon="pin" label={t("message.pinned")} />
      </Show>
      <Show when={m().replies}>
        {(n) => (
          <span title={t("message.replies", { n: n() })}>
            <Icon name="reply" />
            {compact(n())}
          </span>
        )}
      </Show>
      <Show when={m().views}>
        {(n) => (
          <span title={t("message.views", { n: n() })}>
            <Icon name="eye" />
            {compact(n())}
          </span>
        )}
      </Show>
      <Show when={m().post_author}>
        <span class={s.author} dir="auto">
          {m().post_author}
        </span>
      </Show>
      <Show when={m().versions > 1 || m().edit_date !== null}>
        <button
          type="button"
          class={s.edited}
          title={t("message.editedHistory", { n: m().versions })}
          onClick={() => chat.showHistory(m())}
        >
          {t("message.edited")}
        </button>
      </Show>
      <time datetime={new Date(m().date * 1000).toISOString()} title={dateTime(m().date)}>
        {time(m().date)}
      </time>
    </span>
  );
}

function Mark(props: { icon: "pin" | "shield"; label: string }): JSX.Element {
  return (
    <span role="img" aria-label={props.label} title={props.label}>
      <Icon name={props.icon} />
    </span>
  );
}
