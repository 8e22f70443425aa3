/**
 * How the tiles of an album lie. The rules are those of Telegram Desktop, so that an album looks as its sender saw it:
 * set layouts for two, three and four items, and a search over rows for more of them or for very wide ones.
 */

export type Size = { width: number; height: number };
type Tile = { x: number; y: number; width: number; height: number };
export type Mosaic = { width: number; height: number; tiles: Tile[] };

type Options = { maxWidth: number; minWidth: number; spacing: number };
type Ctx = Options & { maxHeight: number; ratios: number[]; average: number; shape: string };

const DEFAULTS: Options = { maxWidth: 430, minWidth: 100, spacing: 4 };

export function mosaic(sizes: Size[], options: Partial<Options> = {}): Mosaic {
  const o = { ...DEFAULTS, ...options };
  const ratios = sizes.map((s) => (s.width > 0 && s.height > 0 ? s.width / s.height : 1));
  const ctx: Ctx = {
    ...o,
    maxHeight: o.maxWidth,
    ratios,
    average: ratios.reduce((a, b) => a + b, 0) / Math.max(1, ratios.length),
    shape: ratios.map((r) => (r > 1.2 ? "w" : r < 0.8 ? "n" : "q")).join(""),
  };
  const tiles = choose(ctx);
  return {
    width: Math.max(0, ...tiles.map((t) => t.x + t.width)),
    height: Math.max(0, ...tiles.map((t) => t.y + t.height)),
    tiles,
  };
}

function choose(c: Ctx): Tile[] {
  const n = c.ratios.length;
  if (n === 0) return [];
  if (n === 1) return one(c);
  if (n >= 5 || c.ratios.some((r) => r > 2)) return rows(c);
  if (n === 2) return two(c);
  if (n === 3) return c.shape[0] === "n" ? threeBeside(c) : threeBelow(c);
  return c.shape[0] === "w" ? fourBelow(c) : fourBeside(c);
}

const at = (c: Ctx, i: number) => c.ratios[i] ?? 1;
const { round, min, max, abs } = Math;

function one(c: Ctx): Tile[] {
  const height = min(c.maxHeight, round(c.maxWidth / at(c, 0)));
  return [{ x: 0, y: 0, width: max(c.minWidth, min(c.maxWidth, round(height * at(c, 0)))), height }];
}

function two(c: Ctx): Tile[] {
  const [a, b, gap] = [at(c, 0), at(c, 1), c.spacing];
  if (c.shape === "ww" && c.average > (1.4 * c.maxWidth) / c.maxHeight && b - a < 0.2) {
    const width = c.maxWidth;
    const height = round(min(width / a, width / b, (c.maxHeight - gap) / 2));
    return [
      { x: 0, y: 0, width, height },
      { x: 0, y: height + gap, width, height },
    ];
  }
  if (c.shape === "ww" || c.shape === "qq") {
    const width = (c.maxWidth - gap) / 2;
    const height = round(min(width / a, width / b, c.maxHeight));
    return [
      { x: 0, y: 0, width, height },
      { x: width + gap, y: 0, width, height },
    ];
  }
  const least = round(c.minWidth * 1.5);
  const room = c.maxWidth - gap;
  const second = min(round(max(0.4 * room, room / a / (1 / a + 1 / b))), room - least);
  const first = room - second;
  const height = min(c.maxHeight, round(min(first / a, second / b)));
  return [
    { x: 0, y: 0, width: first, height },
    { x: first + gap, y: 0, width: second, height },
  ];
}

function threeBeside(c: Ctx): Tile[] {
  const [a, b, d, gap] = [at(c, 0), at(c, 1), at(c, 2), c.spacing];
  const height = c.maxHeight;
  const third = round(min((height - gap) / 2, (b * (c.maxWidth - gap)) / (d + b)));
  const second = height - third - gap;
  const right = max(c.minWidth, round(min((c.maxWidth - gap) / 2, third * d, second * b)));
  const left = min(round(height * a), c.maxWidth - gap - right);
  return [
    { x: 0, y: 0, width: left, height },
    { x: left + gap, y: 0, width: right, height: second },
    { x: left + gap, y: second + gap, width: right, height: third },
  ];
}

function threeBelow(c: Ctx): Tile[] {
  const [a, b, d, gap] = [at(c, 0), at(c, 1), at(c, 2), c.spacing];
  const top = round(min(c.maxWidth / a, (c.maxHeight - gap) * 0.66));
  const width = (c.maxWidth - gap) / 2;
  const height = min(c.maxHeight - top - gap, round(min(width / b, width / d)));
  return [
    { x: 0, y: 0, width: c.maxWidth, height: top },
    { x: 0, y: top + gap, width, height },
    { x: width + gap, y: top + gap, width: c.maxWidth - width - gap, height },
  ];
}

function fourBelow(c: Ctx): Tile[] {
  const [a, b, d, e, gap] = [at(c, 0), at(c, 1), at(c, 2), at(c, 3), c.spacing];
  const top = round(min(c.maxWidth / a, (c.maxHeight - gap) * 0.66));
  const room = c.maxWidth - 2 * gap;
  const wanted = round(room / (b + d + e));
  const w0 = max(c.minWidth, round(min(room * 0.4, wanted * b)));
  const w2 = round(max(c.minWidth, room * 0.33, wanted * e));
  const w1 = room - w0 - w2;
  const height = min(c.maxHeight - top - gap, wanted);
  const y = top + gap;
  return [
    { x: 0, y: 0, width: c.maxWidth, height: top },
    { x: 0, y, width: w0, height },
    { x: w0 + gap, y, width: w1, height },
    { x: w0 + gap + w1 + gap, y, width: w2, height },
  ];
}

function fourBeside(c: Ctx): Tile[] {
  const [a, b, d, e, gap] = [at(c, 0), at(c, 1), at(c, 2), at(c, 3), c.spacing];
  const height = c.maxHeight;
  const left = round(min(height * a, (c.maxWidth - gap) * 0.6));
  const wanted = round((height - 2 * gap) / (1 / b + 1 / d + 1 / e));
  const h0 = round(wanted / b);
  const h1 = round(wanted / d);
  const h2 = height - h0 - h1 - 2 * gap;
  const width = max(c.minWidth, min(c.maxWidth - left - gap, wanted));
  const x = left + gap;
  return [
    { x: 0, y: 0, width: left, height },
    { x, y: 0, width, height: h0 },
    { x, y: h0 + gap, width, height: h1 },
    { x, y: h0 + h1 + 2 * gap, width, height: h2 },
  ];
}

/** Two to four rows of at most three; the height nearest to 4/3 of the width wins, ugly rows count half as much again. */
function rows(c: Ctx): Tile[] {
  const [low, high] = c.average > 1.1 ? [1, 2.75] : [0.6667, 1];
  const ratios = c.ratios.map((r) => min(high, max(low, r)));
  const target = (c.maxWidth * 4) / 3;
  let best: { score: number; counts: number[]; heights: number[] } | undefined;
  for (const counts of splits(ratios.length, c.average < 0.85 ? 4 : 3)) {
    let from = 0;
    const heights = counts.map((n) => {
      const sum = ratios.slice(from, from + n).reduce((p, r) => p + r, 0);
      from += n;
      return (c.maxWidth - (n - 1) * c.spacing) / sum;
    });
    const total = heights.reduce((p, h) => p + h, 0) + c.spacing * (heights.length - 1);
    const thin = min(...heights) < c.minWidth ? 1.5 : 1;
    const shrinking = counts.some((n, i) => i > 0 && n < (counts[i - 1] ?? 0)) ? 1.5 : 1;
    const score = abs(total - target) * thin * shrinking;
    if (!best || score < best.score) best = { score, counts, heights };
  }
  const tiles: Tile[] = [];
  let index = 0;
  let y = 0;
  for (const [line, n] of (best?.counts ?? []).entries()) {
    const exact = best?.heights[line] ?? 0;
    const height = round(exact);
    let x = 0;
    for (let col = 0; col < n; col++, index++) {
      const width = col === n - 1 ? c.maxWidth - x : round((ratios[index] ?? 1) * exact);
      tiles.push({ x, y, width, height });
      x += width + c.spacing;
    }
    y += height + c.spacing;
  }
  return tiles;
}

function* splits(n: number, middle: number): Generator<number[]> {
  if (n <= 3) yield [n];
  for (let a = 1; a < n; a++) {
    if (a <= 3 && n - a <= 3) yield [a, n - a];
    for (let b = 1; a + b < n; b++) {
      const rest = n - a - b;
      if (a <= 3 && b <= middle && rest <= 3) yield [a, b, rest];
      for (let d = 1; d < rest; d++) {
        if (a <= 3 && b <= 3 && d <= 3 && rest - d <= 3) yield [a, b, d, rest - d];
      }
    }
  }
}
