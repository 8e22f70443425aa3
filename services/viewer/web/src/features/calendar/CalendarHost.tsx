import { type JSX, Show } from "solid-js";
import { lazily } from "~/lib/lazily";
import { calendar } from "./open";

const Calendar = lazily(() => import("./Calendar"), "Calendar");

export function CalendarHost(): JSX.Element {
  return (
    <Show when={calendar()} keyed>
      {(x) => <Calendar chat={x.chat} date={x.date} />}
    </Show>
  );
}
