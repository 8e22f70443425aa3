import { describe, expect, it } from "vitest";
import type { Message, MessageWindow } from "~/api/types";
import { BOUND, extend, parts, refresh, replace, split } from "./window";

const message = (id: number, text = "") => ({ id, text }) as Message;
const page = (from: number, to: number, more: Partial<MessageWindow> = {}): MessageWindow => ({
  messages: Array.from({ length: to - from + 1 }, (_, i) => message(from + i)),
  has_older: true,
  has_newer: true,
  gaps: [],
  anchor: null,
  ...more,
});

describe("window", () => {
  it("never holds more than its bound, and knows that there is more where it let go", () => {
    let w = replace(page(1001, 1100, { has_newer: false }));
    w = extend(w, page(941, 1000), "older");
    expect(w.messages).toHaveLength(BOUND);
    expect(w.messages[0]?.id).toBe(941);
    expect(w.hasNewer).toBe(true);
    w = extend(w, page(1061, 1120, { has_newer: false }), "newer");
    expect(w.messages.at(-1)?.id).toBe(1120);
    expect(w.messages).toHaveLength(BOUND);
    expect([w.hasOlder, w.hasNewer]).toEqual([true, false]);
  });

  it("comes in by parts to what it is as a whole, the nearest first, and is open until the last", () => {
    const start = replace(page(101, 110));
    const whole = page(61, 100, { has_older: false });
    const steps = parts(whole, "older");
    expect(steps.map((s) => s.messages.at(-1)?.id).slice(0, 3)).toEqual([100, 92, 84]);
    const windows: (typeof start)[] = [];
    for (const step of steps) windows.push(extend(windows.at(-1) ?? start, step, "older"));
    expect(windows.map((w) => w.hasOlder)).toEqual([...Array<boolean>(4).fill(true), false]);
    expect(windows.at(-1)).toEqual(extend(start, whole, "older"));
    const newer = parts(page(111, 119, { has_newer: false }), "newer");
    expect(newer.map((s) => [s.messages[0]?.id, s.has_newer])).toEqual([
      [111, true],
      [119, false],
    ]);
    expect(parts(page(1, 0), "newer")).toHaveLength(1);
  });

  it("keeps the gaps beyond the ends of a chat, whatever way it comes in", () => {
    const gaps = [
      { first_id: 1, last_id: 9 },
      { first_id: 31, last_id: 40 },
    ];
    const whole = page(10, 30, { has_older: false, has_newer: false, gaps });
    let w = replace({ ...whole, messages: [], has_older: true });
    for (const part of parts(whole, "older")) w = extend(w, part, "older");
    expect(w).toEqual(replace(whole));
    expect(extend(w, page(1, 0, { has_newer: false, gaps: [] }), "newer").gaps).toEqual(gaps);
  });

  it("is split where one goes on reading", () => {
    const whole = page(1, 40, { has_older: false, has_newer: false });
    const [older, newer] = split(whole, 17);
    expect([older.messages.at(-1)?.id, newer.messages[0]?.id]).toEqual([16, 17]);
    expect([older.has_older, older.has_newer, newer.has_older, newer.has_newer]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    const [, all] = split(whole, 1);
    expect([all.messages.length, all.has_older]).toEqual([40, false]);
    expect(extend(replace(newer), older, "older")).toEqual(replace(whole));
  });

  it("joins without doubles and in order", () => {
    const w = extend(replace(page(10, 12)), page(11, 14), "newer");
    expect(w.messages.map((m) => m.id)).toEqual([10, 11, 12, 13, 14]);
  });

  it("refreshes in place, takes nothing in, and drops what is gone", () => {
    const w = refresh(replace(page(1, 3)), [message(2, "new"), message(9)], new Set([2, 3]));
    expect(w.messages.map((m) => [m.id, m.text])).toEqual([
      [1, ""],
      [2, "new"],
    ]);
  });

  it("keeps only gaps that lie inside", () => {
    const w = extend(
      replace(page(50, 60)),
      page(40, 49, {
        gaps: [
          { first_id: 42, last_id: 43 },
          { first_id: 1, last_id: 9 },
        ],
      }),
      "older",
    );
    expect(w.gaps).toEqual([{ first_id: 42, last_id: 43 }]);
  });
});
