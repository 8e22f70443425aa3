import { createEffect, createSignal } from "solid-js";
import { createStored } from "~/lib/stored";
import en from "./locales/en";

/** A language is one file in `locales/`: nothing else names it. English is in the shell, the others come when chosen. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
export type Key = keyof typeof en.strings;
export type Locale = { code: string; dir: "ltr" | "rtl"; strings: Record<Key, string | Plural> };

const files = import.meta.glob<{ default: Locale }>(["./locales/*.ts", "!./locales/en.ts"]);

const codeOf = (path: string) => path.replace(/^.*\/|\.ts$/g, "");
export const LANGUAGES = ["en", ...Object.keys(files).map(codeOf)].sort();

export function languageName(code: string): string {
  return new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
}

const preferred = () =>
  navigator.languages.map((l) => l.split("-")[0] ?? l).find((l) => LANGUAGES.includes(l)) ?? "en";

export const [language, setLanguage] = createStored<string>("language", preferred(), LANGUAGES);
const [locale, setLocale] = createSignal<Locale>(en);

export async function loadLanguage(code: string): Promise<void> {
  const file = files[`./locales/${code}.ts`];
  setLocale(file ? (await file()).default : en);
}

/** Call once, inside a root. */
export function applyLanguage() {
  createEffect(() => void loadLanguage(language()));
  createEffect(() => {
    document.documentElement.lang = locale().code;
    document.documentElement.dir = locale().dir;
  });
}

export const localeCode = () => locale().code;
export const isRtl = () => locale().dir === "rtl";

/** The string of a key; `{name}` is replaced, and `n` chooses the plural. */
export function t(key: Key, params: Record<string, string | number> = {}): string {
  const entry = locale().strings[key] ?? en.strings[key];
  const text = typeof entry === "string" ? entry : plural(entry, Number(params.n ?? 0));
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(locale().code) : value;
  });
}

function plural(forms: Plural, n: number): string {
  return forms[new Intl.PluralRules(locale().code).select(n)] ?? forms.other;
}
