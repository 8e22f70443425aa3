/** A rough colouring of code of any language: comments, strings, numbers, and the words most languages share. */
export type Coloured = { kind?: "comment" | "string" | "number" | "word"; text: string };

const WORDS =
  "abstract and as async await bool break case catch char class const continue def default del do double elif else enum export extends false final finally float fn for from func function go if impl implements import in int interface is lambda let long loop match mod mut namespace new nil none not null or override package pass pub private protected public raise return self static string struct super switch this throw throws trait true try type undefined union unsafe use using var void where while with yield SELECT FROM WHERE INSERT INTO UPDATE DELETE CREATE TABLE JOIN ON AND OR NOT NULL ORDER BY GROUP LIMIT SET VALUES True False None";

const TOKEN = new RegExp(
  [
    /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<=^|\s)#[^\n]*|(?<=^|\s)--[^\n]*)/.source,
    /(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)/.source,
    /(?<number>\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?\b|\b0x[\da-f]+\b)/.source,
    `(?<word>\\b(?:${WORDS.split(" ").join("|")})\\b)`,
  ].join("|"),
  "g",
);

export function colours(code: string): Coloured[] {
  const out: Coloured[] = [];
  let pos = 0;
  for (const m of code.matchAll(TOKEN)) {
    if (m.index > pos) out.push({ text: code.slice(pos, m.index) });
    const kind = (["comment", "string", "number", "word"] as const).find((k) => m.groups?.[k] !== undefined);
    out.push(kind ? { kind, text: m[0] } : { text: m[0] });
    pos = m.index + m[0].length;
  }
  if (pos < code.length) out.push({ text: code.slice(pos) });
  return out;
}
