/** Text with ranges of meaning, as a tree. Offsets count UTF-16 units, as JavaScript's strings do. */

export type Range = { offset: number; length: number };
export type Branch<E extends Range> = { entity: E; text: string; children: Node<E>[] };
export type Node<E extends Range> = string | Branch<E>;

/** Nests ranges; those that cross the end of another are cut in two, those outside the text are dropped. */
export function tree<E extends Range>(text: string, entities: readonly E[]): Node<E>[] {
  const spans = entities
    .map((entity) => ({
      entity,
      from: Math.max(0, entity.offset),
      to: Math.min(text.length, entity.offset + entity.length),
    }))
    .filter((s) => s.to > s.from)
    .sort((a, b) => a.from - b.from || b.to - a.to);
  return level(text, spans, 0, text.length);
}

type Span<E> = { entity: E; from: number; to: number };

function level<E extends Range>(text: string, spans: Span<E>[], from: number, to: number): Node<E>[] {
  const out: Node<E>[] = [];
  const queue = [...spans];
  let pos = from;
  while (queue.length > 0) {
    const head = queue.shift() as Span<E>;
    if (head.from > pos) out.push(text.slice(pos, head.from));
    const inner: Span<E>[] = [];
    while (queue[0] && queue[0].from < head.to) {
      const span = queue.shift() as Span<E>;
      inner.push({ ...span, to: Math.min(span.to, head.to) });
      if (span.to > head.to) insert(queue, { ...span, from: head.to });
    }
    out.push({
      entity: head.entity,
      text: text.slice(head.from, head.to),
      children: level(text, inner, head.from, head.to),
    });
    pos = head.to;
  }
  if (pos < to) out.push(text.slice(pos, to));
  return out;
}

function insert<E>(queue: Span<E>[], span: Span<E>) {
  const i = queue.findIndex((s) => s.from > span.from || (s.from === span.from && s.to < span.to));
  queue.splice(i < 0 ? queue.length : i, 0, span);
}

/** Cheap, and false for nearly all texts: the expression below costs fifty milliseconds when it is first used. */
const BEGINS = /^[\p{Extended_Pictographic}\p{Regional_Indicator}]/u;
const EMOJI = /^(?:\p{RGI_Emoji}\s*){1,3}$/v;

/** How many emoji the text is made of, if it is nothing else and at most three; else 0. */
export function loneEmoji(text: string): number {
  if (text.length > 48 || !BEGINS.test(text) || !EMOJI.test(text)) return 0;
  return [...new Intl.Segmenter().segment(text.replace(/\s/g, ""))].length;
}
