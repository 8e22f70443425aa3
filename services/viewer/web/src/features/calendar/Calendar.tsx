import { createMemo, createResource, createSignal, For, type JSX, Show } from "solid-js";
import { chats } from "~/api/calls";
import type { Chat } from "~/api/types";
import { Button } from "~/components/Button";
import { IconButton } from "~/components/IconButton";
import { Modal } from "~/components/Modal";
import { localeCode, t } from "~/i18n";
import { askedZone, dayKey, monthTitle, number } from "~/i18n/format";
import { go } from "~/lib/navigate";
import { answer } from "~/primitives/answer";
import s from "./Calendar.module.css";
import { monthDays, shiftMonth, weekdays } from "./month";
import { closeCalendar } from "./open";

/** The days of a chat: those with messages can be gone to, and say how many. */
export function Calendar(props: { chat: Chat; date: number }): JSX.Element {
  const [month, setMonth] = createSignal(dayKey(props.date).slice(0, 7));
  const [data] = createResource(month, (m) =>
    chats.days({ account: props.chat.account, chat: props.chat.id }, { month: m, ...askedZone() }),
  );
  const counts = createMemo(
    () =>
      new Map(
        (answer(data)?.month === month() ? (answer(data)?.days ?? []) : []).map((d) => [d.day, d.messages]),
      ),
  );
  const most = () => Math.max(1, ...counts().values());
  const first = () => answer(data)?.first_date ?? undefined;
  const last = () => answer(data)?.last_date ?? undefined;
  const within = (m: string) =>
    (first() === undefined || m >= dayKey(first() ?? 0).slice(0, 7)) &&
    (last() === undefined || m <= dayKey(last() ?? 0).slice(0, 7));
  const middle = () => Date.parse(`${month()}-15T12:00:00Z`) / 1000;
  const choose = (day: string) => {
    closeCalendar();
    go(`/c/${props.chat.account}/${props.chat.id}?day=${day}`);
  };
  return (
    <Modal title={t("chat.calendar")} onClose={() => closeCalendar()}>
      <div class={s.head}>
        <IconButton
          icon="left"
          label={t("calendar.previous")}
          disabled={!within(shiftMonth(month(), -1))}
          onClick={() => setMonth(shiftMonth(month(), -1))}
        />
        <strong aria-live="polite">{monthTitle(middle())}</strong>
        <IconButton
          icon="right"
          label={t("calendar.next")}
          disabled={!within(shiftMonth(month(), 1))}
          onClick={() => setMonth(shiftMonth(month(), 1))}
        />
      </div>
      <div class={s.grid} aria-busy={data.loading}>
        <For each={weekdays(localeCode())}>{(name) => <span class={s.weekday}>{name}</span>}</For>
        <For each={monthDays(month(), localeCode())}>
          {(day) => (
            <Show when={day} fallback={<span />}>
              {(key) => {
                const n = () => counts().get(key()) ?? 0;
                const label = () => t(n() > 0 ? "calendar.day" : "calendar.emptyDay", { day: key(), n: n() });
                return (
                  <button
                    type="button"
                    class={s.day}
                    disabled={n() === 0}
                    aria-label={label()}
                    title={label()}
                    aria-current={key() === dayKey(props.date) ? "date" : undefined}
                    style={{ "--share": String(n() === 0 ? 0 : 0.15 + (0.5 * n()) / most()) }}
                    onClick={() => choose(key())}
                  >
                    {number(Number(key().slice(8)))}
                  </button>
                );
              }}
            </Show>
          )}
        </For>
      </div>
      <div class={s.ends}>
        <Show when={first()}>
          {(d) => <Button onClick={() => choose(dayKey(d()))}>{t("calendar.first")}</Button>}
        </Show>
        <Show when={last()}>
          {(d) => <Button onClick={() => choose(dayKey(d()))}>{t("calendar.last")}</Button>}
        </Show>
      </div>
    </Modal>
  );
}
