import type { Gap } from "~/api/types";

export type Part = { x: number; width: number; first: number; last: number };

/** Ranges of ids on a strip of 1000; nothing is so small that it cannot be seen. */
export function strip(ranges: readonly Gap[], through: number): Part[] {
  if (through <= 0) return [];
  return ranges
    .filter((r) => r.first_id <= through)
    .map((r) => {
      const x = (1000 * (Math.max(1, r.first_id) - 1)) / through;
      const end = (1000 * Math.min(through, r.last_id)) / through;
      const width = Math.max(2.5, end - x);
      return { x: Math.min(x, 1000 - width), width, first: r.first_id, last: r.last_id };
    });
}
