/** The search line: words, and operators like `from:anna` or `in:"Old friends"`. The server reads it; the page only
 * needs its parts, to show and change them and to mark the words in bubbles. */

export const OPERATORS = ["from", "in", "before", "after", "has", "is"] as const;
export type Operator = (typeof OPERATORS)[number];
export type Token = { operator?: Operator; value: string; raw: string };

export const VALUES: Partial<Record<Operator, readonly string[]>> = {
  has: [
    "photo",
    "video",
    "round",
    "gif",
    "voice",
    "audio",
    "file",
    "sticker",
    "poll",
    "location",
    "contact",
    "link",
    "media",
  ],
  is: ["deleted", "edited", "pinned", "out", "forwarded", "reply"],
  from: ["me"],
};

export function tokens(query: string): Token[] {
  const out: Token[] = [];
  for (const [raw, name, quoted, plain] of query.matchAll(/(?:(\w+):)?(?:"([^"]*)"?|(\S+))/g)) {
    const known = OPERATORS.find((o) => o === name?.toLowerCase());
    if (known) out.push({ operator: known, value: quoted ?? plain ?? "", raw });
    else out.push({ value: name ? raw : (quoted ?? plain ?? ""), raw });
  }
  return out;
}

/** The words to mark where they are found. */
export function terms(query: string): string[] {
  return tokens(query)
    .filter((t) => !t.operator && t.value.trim() !== "")
    .map((t) => t.value);
}

/** Where the terms stand in a text, ignoring case and accents, as the index does. */
export function matches(text: string, words: readonly string[]): { offset: number; length: number }[] {
  const found: { offset: number; length: number }[] = [];
  const folded = fold(text);
  for (const word of words.map(fold).filter((w) => w !== "")) {
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) {
      found.push({ offset: at, length: word.length });
    }
  }
  found.sort((a, b) => a.offset - b.offset || b.length - a.length);
  return found.filter((f, i) => !found.slice(0, i).some((g) => f.offset < g.offset + g.length));
}

/** Lower case without accents, unit by unit, so that places in it are places in the text. */
function fold(text: string): string {
  return [...text]
    .map((c) => {
      const plain = c.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
      return plain.length === c.length ? plain : c;
    })
    .join("");
}
