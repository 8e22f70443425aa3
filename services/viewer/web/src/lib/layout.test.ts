import { describe, expect, it } from "vitest";
import type { Message } from "~/api/types";
import { type Day, layout } from "./layout";

const day = (date: number) => new Date(date * 1000).toISOString().slice(0, 10);
const NOON = Date.UTC(2024, 4, 31, 12) / 1000;

const A = { id: 1, name: "A", colour: 0, username: null, avatar: null };
const B = { id: 2, name: "B", colour: 1, username: null, avatar: null };

function message(id: number, more: Partial<Message> = {}): Message {
  const plain: Partial<Message> = {
    kind: "text",
    out: false,
    post: false,
    album: null,
    topic_id: null,
    post_author: null,
  };
  return { ...plain, chat: -100, id, date: NOON + id, sender: A, body: null, ...more } as Message;
}

const shape = (days: Day[]) =>
  days.map((d) =>
    d.blocks.map((b) =>
      b.type === "group"
        ? b.entries.map((e) => e.messages.map((m) => m.id).join("+")).join(",")
        : b.type === "service"
          ? `s${b.messages.map((m) => m.id).join("+")}`
          : b.type,
    ),
  );

describe("layout", () => {
  it("groups by sender and breaks after ten minutes", () => {
    const list = [
      message(1),
      message(2),
      message(3, { sender: B }),
      message(4, { sender: B, date: NOON + 3 + 600 }),
    ];
    expect(shape(layout(list, { dayOf: day }))).toEqual([["1,2", "3", "4"]]);
  });

  it("starts anew on another day, in the zone that is shown", () => {
    const late = NOON + 12 * 3600;
    const list = [message(1, { date: late - 5 }), message(2, { date: late + 5 })];
    expect(shape(layout(list, { dayOf: day }))).toEqual([["1"], ["2"]]);
  });

  it("keeps an album as one entry", () => {
    const list = [message(1), message(2, { album: "7" }), message(3, { album: "7" }), message(4)];
    expect(shape(layout(list, { dayOf: day }))).toEqual([["1,2+3,4"]]);
  });

  it("joins runs of people coming and going, and nothing else", () => {
    const service = (name: string): Partial<Message> => ({
      kind: "service",
      body: { type: "service", name, data: {}, peers: [] },
    });
    const list = [
      message(1, service("chat_add_user")),
      message(2, service("chat_delete_user")),
      message(3, service("pin_message")),
      message(4, service("pin_message")),
    ];
    expect(shape(layout(list, { dayOf: day }))).toEqual([["s1+2", "s3", "s4"]]);
  });

  it("draws gaps where the ids are missing, and breaks the group", () => {
    const gaps = [
      { first_id: 3, last_id: 8 },
      { first_id: 11, last_id: 20 },
    ];
    expect(shape(layout([message(2), message(9), message(10)], { dayOf: day, gaps }))).toEqual([
      ["2", "gap", "9,10", "gap"],
    ]);
  });

  it("puts one bar before the first message that is new", () => {
    const list = [message(1), message(2), message(3)];
    expect(shape(layout(list, { dayOf: day, readThrough: 1 }))).toEqual([["1", "unread", "2,3"]]);
    expect(shape(layout(list, { dayOf: day, readThrough: 3 }))).toEqual([["1,2,3"]]);
  });

  it("lets a group keep its key when older messages join it above", () => {
    const before = layout([message(5), message(6)], { dayOf: day });
    const after = layout([message(4), message(5), message(6)], { dayOf: day, before });
    expect(after[0]?.blocks[0]?.key).not.toBe("g4");
    expect(after[0]?.blocks[0]?.key).toBe(before[0]?.blocks[0]?.key);
  });
});
