import type { Peer } from "~/api/types";
import { t } from "~/i18n";

export const peerName = (p: Peer | null | undefined) =>
  p?.name || (p ? t("chats.deletedAccount") : t("chats.unknown"));

/** One or two letters: of the first and the last word, emoji whole. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter((w) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(w));
  const first = (word: string | undefined) =>
    word
      ? ([...new Intl.Segmenter().segment(word)]
          .map((x) => x.segment)
          .find((c) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(c)) ?? "")
      : "";
  const letters = words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0]);
  return letters.toLocaleUpperCase() || "?";
}

/** The direction of a line that is cut where it is too long: that of its first letter, so that its beginning stays. */
export function lineDir(text: string): "ltr" | "rtl" {
  const first = /\p{L}/u.exec(text)?.[0] ?? "";
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(first) ? "rtl" : "ltr";
}

/** A name without the marks that turn the direction of text: `gnp.exe` must not read as `exe.png`. */
export const plainName = (name: string) => name.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

/** `photo.jpg` of `/a/b/photo.jpg`, split so that the middle of a long name may be left out and its end stays. */
export function splitName(name: string): [string, string] {
  const keep = Math.min(name.length, 10);
  return [name.slice(0, name.length - keep), name.slice(name.length - keep)];
}
