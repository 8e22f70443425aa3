import { describe, expect, it } from "vitest";
import { loneEmoji, type Node, tree } from "./entities";

type E = { offset: number; length: number; k: string };
const show = (nodes: Node<E>[]): string =>
  nodes
    .map((n) => (typeof n === "string" ? n : `<${n.entity.k}>${show(n.children)}</${n.entity.k}>`))
    .join("");
const e = (k: string, offset: number, length: number): E => ({ k, offset, length });

describe("tree", () => {
  it("nests", () => {
    expect(show(tree("hello brave world", [e("b", 0, 11), e("i", 6, 5)]))).toBe(
      "<b>hello <i>brave</i></b> world",
    );
  });
  it("cuts what crosses", () => {
    expect(show(tree("abcdef", [e("b", 0, 4), e("i", 2, 4)]))).toBe("<b>ab<i>cd</i></b><i>ef</i>");
  });
  it("counts UTF-16 units", () => {
    expect(show(tree("😀 ok", [e("b", 3, 2)]))).toBe("😀 <b>ok</b>");
  });
  it("survives ranges outside the text", () => {
    expect(show(tree("ab", [e("b", 5, 2), e("i", -1, 2), e("u", 1, 99), e("s", 0, 0)]))).toBe(
      "<i>a</i><u>b</u>",
    );
  });
  it("keeps the same range twice", () => {
    expect(show(tree("x", [e("b", 0, 1), e("i", 0, 1)]))).toBe("<b><i>x</i></b>");
  });
  it("loses no character, whatever the ranges", () => {
    const text = "The quick brown fox";
    let seed = 3;
    const random = (n: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % n;
    };
    for (let i = 0; i < 300; i++) {
      const entities = Array.from({ length: random(6) }, (_, j) => e(`t${j}`, random(22) - 2, random(12)));
      expect(show(tree(text, entities)).replace(/<[^>]+>/g, "")).toBe(text);
    }
  });
});

describe("loneEmoji", () => {
  it("counts up to three, with joiners and skin tones as one", () => {
    expect(loneEmoji("👨‍👩‍👧")).toBe(1);
    expect(loneEmoji("👍🏽 ❤️")).toBe(2);
    expect(loneEmoji("😀😀😀😀")).toBe(0);
    expect(loneEmoji("ok 😀")).toBe(0);
    expect(loneEmoji("7")).toBe(0);
    expect(loneEmoji("🇪🇸🇵🇹")).toBe(2);
    expect(loneEmoji("#️⃣")).toBe(0);
  });
});
