import { createStored } from "~/lib/stored";
import { localeCode, t } from "./index";

/** Times are shown in the archive's zone (`VIEWER_TIMEZONE`) or in the browser's. */
export const [zoneChoice, setZoneChoice] = createStored<"server" | "browser">("zone", "server", [
  "server",
  "browser",
]);
let serverZone = "UTC";

export function setServerZone(zone: string) {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    serverZone = zone;
  } catch {
    serverZone = "UTC";
  }
}

export const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
export const archiveZone = () => serverZone;
const zone = () => (zoneChoice() === "server" ? serverZone : browserZone());

/** For what the server says of days: without it, they are those of the archive's zone. */
export const askedZone = (): { zone?: string } => (zoneChoice() === "server" ? {} : { zone: browserZone() });

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(
  name: string,
  options: Intl.DateTimeFormatOptions,
  locale = localeCode(),
): Intl.DateTimeFormat {
  const key = `${name}|${locale}|${zone()}`;
  let f = cache.get(key);
  if (!f) {
    f = new Intl.DateTimeFormat(locale, { timeZone: zone(), ...options });
    cache.set(key, f);
  }
  return f;
}

const ms = (seconds: number) => seconds * 1000;

/** `2024-05-31`, the day of unix seconds in the shown zone. */
export const dayKey = (s: number) =>
  formatter("key", { year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA").format(ms(s));

/** The unix second in which a day like `2024-05-31` begins in the shown zone; its midnight may be left out there. */
export function dayStart(day: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`) / 1000;
  let [before, from] = [midnight - 86_400, midnight + 86_400];
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (dayKey(middle) < day) before = middle;
    else from = middle;
  }
  return from;
}

export const time = (s: number) =>
  formatter("time", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ms(s));

export const dateTime = (s: number) =>
  formatter("full", { dateStyle: "long", timeStyle: "medium", hourCycle: "h23" }).format(ms(s));

export const shortDateTime = (s: number) =>
  formatter("short", { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }).format(ms(s));

/** Micros, as the API's `*_at` are. */
export const at = (micros: number) => shortDateTime(micros / 1e6);

export function dayTitle(s: number): string {
  const key = dayKey(s);
  if (key === dayKey(Date.now() / 1000)) return t("date.today");
  if (key === dayKey(Date.now() / 1000 - 86_400)) return t("date.yesterday");
  const sameYear = key.slice(0, 4) === dayKey(Date.now() / 1000).slice(0, 4);
  return sameYear
    ? formatter("dayMonth", { day: "numeric", month: "long" }).format(ms(s))
    : formatter("dayMonthYear", { day: "numeric", month: "long", year: "numeric" }).format(ms(s));
}

/** As the chat list shows it: the time today, the weekday this week, else the date. */
export function listDate(s: number): string {
  const now = Date.now() / 1000;
  if (dayKey(s) === dayKey(now)) return time(s);
  if (now - s < 6 * 86_400) return formatter("weekday", { weekday: "short" }).format(ms(s));
  const sameYear = dayKey(s).slice(0, 4) === dayKey(now).slice(0, 4);
  return sameYear
    ? formatter("dayMon", { day: "numeric", month: "short" }).format(ms(s))
    : formatter("dayMonYear", { day: "2-digit", month: "2-digit", year: "2-digit" }).format(ms(s));
}

export const monthTitle = (s: number) => formatter("month", { month: "long", year: "numeric" }).format(ms(s));

export const number = (n: number) => n.toLocaleString(localeCode());

export const compact = (n: number) =>
  new Intl.NumberFormat(localeCode(), { notation: "compact", maximumFractionDigits: 1 }).format(n);

export function bytes(n: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log(Math.max(1, n)) / Math.log(1024))));
  return new Intl.NumberFormat(localeCode(), {
    style: "unit",
    unit: units[step] ?? "byte",
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(n / 1024 ** step);
}

/** `1:05`, `1:02:03`. */
export function duration(milliseconds: number): string {
  const s = Math.max(0, Math.round(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** In words, for waits and distances: `3 min`, `2 hr`. */
export function span(seconds: number): string {
  const [unit, size] =
    seconds >= 86_400
      ? (["day", 86_400] as const)
      : seconds >= 3600
        ? (["hour", 3600] as const)
        : seconds >= 60
          ? (["minute", 60] as const)
          : (["second", 1] as const);
  return new Intl.NumberFormat(localeCode(), { style: "unit", unit, unitDisplay: "long" }).format(
    Math.round(seconds / size),
  );
}

/** Of thousandths. The server never says 1000 while something is missing. */
export const percent = (permille: number) =>
  new Intl.NumberFormat(localeCode(), { style: "percent", maximumFractionDigits: 1 }).format(permille / 1000);
