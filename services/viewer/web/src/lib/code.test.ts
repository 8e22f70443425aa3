import { expect, it } from "vitest";
import { colours } from "./code";

it("tells comments, strings, numbers and words apart", () => {
  const kinds = colours('let x = 42; // if "not" this\nreturn "a // b"')
    .filter((p) => p.kind)
    .map((p) => [p.kind, p.text]);
  expect(kinds).toEqual([
    ["word", "let"],
    ["number", "42"],
    ["comment", '// if "not" this'],
    ["word", "return"],
    ["string", '"a // b"'],
  ]);
});

it("loses nothing, also of what is not closed", () => {
  for (const code of ["/* open", '"open', "# a\n#b", "x--y", ""]) {
    expect(
      colours(code)
        .map((p) => p.text)
        .join(""),
    ).toBe(code);
  }
});
