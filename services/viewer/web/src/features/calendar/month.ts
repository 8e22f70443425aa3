/** `2024-05` plus or minus months. */
export function shiftMonth(month: string, by: number): string {
  const [y, m] = month.split("-").map(Number) as [number, number];
  const d = new Date(Date.UTC(y, m - 1 + by, 1));
  return d.toISOString().slice(0, 7);
}

/** The first day of the week where this language is spoken: 1 Monday to 7 Sunday. */
function firstDay(locale: string): number {
  const l = new Intl.Locale(locale).maximize() as Intl.Locale & {
    getWeekInfo?: () => { firstDay: number };
    weekInfo?: { firstDay: number };
  };
  return l.getWeekInfo?.().firstDay ?? l.weekInfo?.firstDay ?? 1;
}

export function weekdays(locale: string): string[] {
  const f = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
  // 2024-01-01 was a Monday.
  return Array.from({ length: 7 }, (_, i) => f.format(Date.UTC(2024, 0, firstDay(locale) + i)));
}

/** The days of a month in rows of seven; what lies before the first is `undefined`. */
export function monthDays(month: string, locale: string): (string | undefined)[] {
  const [y, m] = month.split("-").map(Number) as [number, number];
  const weekday = new Date(Date.UTC(y, m - 1, 1)).getUTCDay() || 7;
  const blanks = (weekday - firstDay(locale) + 7) % 7;
  const days = new Date(Date.UTC(y, m, 0)).getUTCDate();
  return [
    ...Array.from({ length: blanks }, () => undefined),
    ...Array.from({ length: days }, (_, i) => `${month}-${String(i + 1).padStart(2, "0")}`),
  ];
}
