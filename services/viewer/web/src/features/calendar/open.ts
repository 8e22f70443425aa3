import { createSignal } from "solid-js";
import type { Chat } from "~/api/types";

/** The calendar that is open, if one is: of which chat, and at which day. */
const [calendar, setCalendar] = createSignal<{ chat: Chat; date: number }>();

export { calendar };

export const openCalendar = (chat: Chat, date: number) => setCalendar({ chat, date });
export const closeCalendar = () => setCalendar(undefined);
