import { describe, expect, it } from "vitest";
import { mosaic, type Size } from "./mosaic";

const wide: Size = { width: 1600, height: 900 };
const tall: Size = { width: 900, height: 1600 };
const square: Size = { width: 800, height: 800 };

describe("mosaic", () => {
  it("puts two wide pictures above each other and two squares side by side", () => {
    const [a, b] = mosaic([wide, wide]).tiles;
    expect(a?.width).toBe(430);
    expect(b?.x).toBe(0);
    expect(b?.y).toBeGreaterThan(0);
    const [c, d] = mosaic([square, square]).tiles;
    expect(c?.y).toBe(d?.y);
    expect(c?.width).toBe(213);
  });

  it("gives a tall first of three the whole left side", () => {
    const { tiles, height } = mosaic([tall, wide, square]);
    expect(tiles[0]?.height).toBe(height);
    expect(tiles[1]?.x).toBe(tiles[2]?.x);
  });

  it("gives a wide first of four the whole top", () => {
    const { tiles } = mosaic([wide, square, tall, square]);
    expect(tiles[0]?.width).toBe(430);
    expect(new Set(tiles.slice(1).map((t) => t.y)).size).toBe(1);
  });

  it("never overlaps, never leaves the width, keeps 4 between tiles, whatever the shapes", () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647;
    };
    for (let round = 0; round < 500; round++) {
      const n = 1 + Math.floor(random() * 10);
      const sizes = Array.from({ length: n }, () => ({
        width: 100 + random() * 2000,
        height: 100 + random() * 2000,
      }));
      const { tiles, width } = mosaic(sizes);
      expect(tiles).toHaveLength(n);
      expect(width).toBeLessThanOrEqual(430.5);
      for (const [i, a] of tiles.entries()) {
        expect(a.width).toBeGreaterThan(0);
        expect(a.height).toBeGreaterThan(0);
        for (const b of tiles.slice(i + 1)) {
          const apartX = a.x + a.width + 3 <= b.x || b.x + b.width + 3 <= a.x;
          const apartY = a.y + a.height + 3 <= b.y || b.y + b.height + 3 <= a.y;
          expect(apartX || apartY).toBe(true);
        }
      }
    }
  });

  it("never has more than three in a row when pictures are wide", () => {
    const { tiles } = mosaic(Array.from({ length: 10 }, () => wide));
    const perRow = new Map<number, number>();
    for (const t of tiles) perRow.set(t.y, (perRow.get(t.y) ?? 0) + 1);
    expect(Math.max(...perRow.values())).toBeLessThanOrEqual(3);
  });
});
