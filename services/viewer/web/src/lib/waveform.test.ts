import { expect, it } from "vitest";
import { bars } from "./waveform";

it("keeps the loudest of each share", () => {
  expect(bars([1, 4, 2, 0], 2)).toEqual([1, 0.5]);
});

it("shows as many bars as asked, whatever it has", () => {
  expect(bars([], 3)).toEqual([0, 0, 0]);
  expect(bars([5, 10], 4)).toEqual([0.5, 0.5, 1, 1]);
});
