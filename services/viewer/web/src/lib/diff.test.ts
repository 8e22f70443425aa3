import { expect, it } from "vitest";
import { diff } from "./diff";

const show = (a: string, b: string) =>
  diff(a, b)
    .map((p) => (p.kind === "same" ? p.text : p.kind === "added" ? `+[${p.text}]` : `-[${p.text}]`))
    .join("");

it("finds the changed word", () => {
  expect(show("see you at six", "see you at seven")).toBe("see you at -[six]+[seven]");
});
it("finds an insertion in the middle", () => {
  expect(show("a c", "a b c")).toBe("a +[b ]c");
});
it("gives both texts back, whatever they are", () => {
  const a = "the cat sat on the mat, twice";
  const b = "a cat sat at the table; the mat slept";
  const parts = diff(a, b);
  expect(
    parts
      .filter((p) => p.kind !== "added")
      .map((p) => p.text)
      .join(""),
  ).toBe(a);
  expect(
    parts
      .filter((p) => p.kind !== "removed")
      .map((p) => p.text)
      .join(""),
  ).toBe(b);
});
it("does not stall on long texts", () => {
  const parts = diff("x ".repeat(4000), "y ".repeat(4000));
  expect(parts.map((p) => p.kind)).toContain("removed");
});
