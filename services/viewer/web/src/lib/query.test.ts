import { describe, expect, it } from "vitest";
import { matches, terms, tokens } from "./query";

describe("query", () => {
  it("tells operators from words", () => {
    expect(tokens('from:anna in:"Old friends" tea has:photo').map((t) => [t.operator, t.value])).toEqual([
      ["from", "anna"],
      ["in", "Old friends"],
      [undefined, "tea"],
      ["has", "photo"],
    ]);
  });
  it("leaves addresses and unknown words before a colon as words", () => {
    expect(terms("https://x.org/a 10:30 is:edited")).toEqual(["https://x.org/a", "10:30"]);
  });
  it("survives a quote that is still being typed", () => {
    expect(tokens('in:"Old fri')[0]).toMatchObject({ operator: "in", value: "Old fri" });
  });
  it("marks without case and accents, longest first, never twice", () => {
    expect(matches("Café au lait, cafe", ["cafe"])).toEqual([
      { offset: 0, length: 4 },
      { offset: 14, length: 4 },
    ]);
    expect(matches("abcabc", ["ab", "abc"])).toEqual([
      { offset: 0, length: 3 },
      { offset: 3, length: 3 },
    ]);
    expect(matches("😀 tea", ["tea"])).toEqual([{ offset: 3, length: 3 }]);
  });
});
