import { expect, it } from "vitest";
import { strip } from "./strip";

it("draws ranges in proportion", () => {
  expect(
    strip(
      [
        { first_id: 1, last_id: 50 },
        { first_id: 76, last_id: 100 },
      ],
      100,
    ),
  ).toEqual([
    { x: 0, width: 500, first: 1, last: 50 },
    { x: 750, width: 250, first: 76, last: 100 },
  ]);
});

it("keeps a single missing id of a million visible and inside", () => {
  const [part] = strip([{ first_id: 1_000_000, last_id: 1_000_000 }], 1_000_000);
  expect(part?.width).toBeGreaterThan(2);
  expect((part?.x ?? 0) + (part?.width ?? 0)).toBeLessThanOrEqual(1000);
});

it("draws nothing of an empty chat", () => {
  expect(strip([{ first_id: 1, last_id: 5 }], 0)).toEqual([]);
});
