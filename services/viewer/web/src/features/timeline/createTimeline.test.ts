import { createRoot } from "solid-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "~/api/client";
import type { Listener } from "~/api/events";
import type { Change, Message, MessageWindow } from "~/api/types";

const api = vi.hoisted(() => ({ window: vi.fn(), byId: vi.fn() }));
const heard = vi.hoisted(() => new Set<unknown>());
vi.stubGlobal("navigator", { languages: ["en"] });
vi.mock("~/api/calls", () => ({ messages: api }));
vi.mock("~/api/events", async (original) => ({
  ...(await original<typeof import("~/api/events")>()),
  listen: (l: unknown) => {
    heard.add(l);
    return () => void heard.delete(l);
  },
}));

const { createTimeline } = await import("./createTimeline");

const KEY = { account: 1, chat: 7 };
const DOWN = new ApiError(503, "internal", "down");
const message = (id: number, more: Partial<Message> = {}) =>
  ({ id, text: `as posted ${id}`, ...more }) as Message;
const page = (from: number, to: number, more: Partial<MessageWindow> = {}): MessageWindow => ({
  messages: Array.from({ length: to - from + 1 }, (_, i) => message(from + i)),
  has_older: false,
  has_newer: false,
  gaps: [],
  anchor: null,
  ...more,
});
const change = (kind: Change["kind"], ids: number[]): Change => ({
  ...KEY,
  kind,
  ids,
  is_range: false,
  live: true,
});
const tell = (c: Change) => {
  for (const l of heard as Set<Listener>) l.change?.(c);
};
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const ids = (w: { messages: Message[] }) => w.messages.map((m) => m.id);

let leave: () => void;
/** A timeline that is open at `first`. */
async function open(first: MessageWindow, topic?: number) {
  api.window.mockResolvedValueOnce(first);
  const timeline = createRoot((dispose) => {
    leave = dispose;
    return createTimeline(KEY, () => topic);
  });
  void timeline.load({});
  await pass(10);
  expect(timeline.state()).toBe("ready");
  api.window.mockClear();
  return timeline;
}

beforeEach(() => {
  vi.useFakeTimers();
  api.window.mockReset();
  api.byId.mockReset();
});
afterEach(() => {
  leave();
  vi.useRealTimers();
});

describe("an end beyond which nothing could be loaded", () => {
  it("is tried again after pauses that grow, says so, and is quiet when it went well", async () => {
    const timeline = await open(page(101, 140, { has_older: true }));
    api.window.mockRejectedValue(DOWN);
    timeline.near("older", true);
    await pass(0);
    expect([api.window.mock.calls.length, timeline.failing("older"), timeline.failing("newer")]).toEqual([
      1,
      true,
      false,
    ]);
    const times: number[] = [];
    for (let second = 1; second <= 100; second++) {
      const before = api.window.mock.calls.length;
      // However often the end is looked at.
      timeline.near("older", true);
      await pass(1000);
      if (api.window.mock.calls.length > before) times.push(second);
    }
    expect(times).toEqual([1, 3, 7, 15, 31, 61, 91]);
    api.window.mockResolvedValueOnce(page(61, 100));
    await pass(30_000);
    expect(ids(timeline.window())[0]).toBe(61);
    expect(timeline.failing("older")).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is not tried again while nobody is near, and at once when somebody wants it", async () => {
    const timeline = await open(page(101, 140, { has_older: true }));
    api.window.mockRejectedValueOnce(DOWN);
    timeline.near("older", true);
    await pass(0);
    timeline.near("older", false);
    await pass(60_000);
    expect(api.window).toHaveBeenCalledTimes(1);
    api.window.mockRejectedValueOnce(DOWN);
    timeline.near("older", true);
    await pass(0);
    api.window.mockResolvedValueOnce(page(61, 100));
    timeline.tryNow("older");
    await pass(10);
    expect(api.window).toHaveBeenCalledTimes(3);
    expect(ids(timeline.window())[0]).toBe(61);
  });

  it("does not keep the other end from being asked for", async () => {
    const timeline = await open(page(101, 140, { has_older: true, has_newer: true }));
    api.window.mockRejectedValueOnce(DOWN).mockResolvedValueOnce(page(61, 100));
    timeline.near("newer", true);
    timeline.near("older", true);
    await pass(10);
    expect(api.window.mock.lastCall?.[1]).toMatchObject({ before: 101 });
    expect(ids(timeline.window())[0]).toBe(61);
    expect(timeline.failing("newer")).toBe(true);
  });

  it("is not asked for any more by a chat that was left", async () => {
    const timeline = await open(page(101, 140, { has_older: true }));
    let fail: (e: unknown) => void = () => undefined;
    api.window.mockImplementationOnce(() => new Promise((_, reject) => (fail = reject)));
    timeline.near("older", true);
    await pass(0);
    tell(change("edited", [120]));
    leave();
    fail(DOWN);
    await pass(60_000);
    expect(api.window).toHaveBeenCalledTimes(1);
    expect(api.byId).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

it("asks for a new message until it is there, and says it once", async () => {
  const timeline = await open(page(101, 140));
  api.window.mockRejectedValueOnce(DOWN).mockRejectedValueOnce(DOWN);
  tell(change("new", [141]));
  await pass(0);
  expect([timeline.failing("newer"), timeline.arrived()]).toEqual([true, 0]);
  api.window.mockResolvedValueOnce(page(141, 141));
  await pass(3000);
  expect(ids(timeline.window()).at(-1)).toBe(141);
  expect([timeline.failing("newer"), timeline.arrived()]).toEqual([false, 1]);
  await pass(60_000);
  expect(api.window).toHaveBeenCalledTimes(3);
});

describe("an edit that could not be fetched", () => {
  it("is asked for again, with what was edited meanwhile", async () => {
    const timeline = await open(page(101, 140));
    api.byId.mockRejectedValueOnce(DOWN);
    tell(change("edited", [120]));
    await pass(150);
    tell(change("edited", [121]));
    await pass(200);
    expect(api.byId).toHaveBeenCalledTimes(1);
    api.byId.mockImplementation(async (_: unknown, of: number[]) => ({
      messages: of.map((id) => message(id, { text: "as edited" })),
    }));
    await pass(1000);
    expect(api.byId).toHaveBeenCalledTimes(2);
    const edited = timeline.window().messages.filter((m) => m.text === "as edited");
    expect(edited.map((m) => m.id)).toEqual([120, 121]);
    await pass(60_000);
    expect(api.byId).toHaveBeenCalledTimes(2);
  });

  it("is not lost to a jump that fails while it is on its way", async () => {
    const timeline = await open(page(101, 140));
    let answer: (x: { messages: Message[] }) => void = () => undefined;
    api.byId.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    tell(change("edited", [120]));
    await pass(150);
    api.window.mockRejectedValueOnce(DOWN);
    await timeline.load({ around: 5 }).catch(() => undefined);
    api.byId.mockResolvedValueOnce({ messages: [message(120, { text: "as edited" })] });
    answer({ messages: [message(120, { text: "as edited" })] });
    await pass(1000);
    expect(timeline.window().messages.find((m) => m.id === 120)?.text).toBe("as edited");
  });
});

it("tries to load the same stretch once more until it is there, when nobody knows what happened", async () => {
  const timeline = await open(page(101, 140));
  api.window.mockRejectedValueOnce(DOWN);
  for (const l of heard as Set<Listener>) l.reload?.();
  await pass(500);
  api.window.mockResolvedValueOnce(page(101, 142));
  await pass(5000);
  expect(ids(timeline.window()).at(-1)).toBe(142);
  expect(api.window).toHaveBeenCalledTimes(2);
});

describe("in a topic", () => {
  const TOPIC = 50;

  it("counts what arrived in it, and nothing of other topics", async () => {
    const timeline = await open(page(101, 140), TOPIC);
    api.window.mockResolvedValueOnce(page(1, 0)).mockResolvedValueOnce(page(143, 143));
    tell(change("new", [141]));
    await pass(10);
    expect(timeline.arrived()).toBe(0);
    tell(change("new", [142, 143]));
    await pass(10);
    expect(timeline.arrived()).toBe(1);
  });

  it("says how many wait in it while one reads farther up", async () => {
    const timeline = await open(page(101, 140, { has_newer: true }), TOPIC);
    api.byId.mockImplementation(async (_: unknown, of: number[]) => ({
      messages: of.map((id) => message(id, { topic_id: id % 2 === 0 ? TOPIC : 51 })),
    }));
    tell(change("new", [901]));
    await pass(10);
    expect(timeline.waiting()).toBe(0);
    tell(change("new", [902, 903]));
    await pass(10);
    expect(timeline.waiting()).toBe(1);
  });
});
