import { expect, it } from "vitest";
import { monthDays, shiftMonth } from "./month";

it("goes over the turn of the year", () => {
  expect(shiftMonth("2024-01", -1)).toBe("2023-12");
  expect(shiftMonth("2024-12", 1)).toBe("2025-01");
});

it("starts the week as the language does", () => {
  // 1 May 2024 was a Wednesday.
  expect(monthDays("2024-05", "es").indexOf("2024-05-01")).toBe(2);
  expect(monthDays("2024-05", "en").indexOf("2024-05-01")).toBe(3);
  expect(monthDays("2024-05", "ar").indexOf("2024-05-01")).toBe(4);
  expect(monthDays("2024-02", "en").at(-1)).toBe("2024-02-29");
});
