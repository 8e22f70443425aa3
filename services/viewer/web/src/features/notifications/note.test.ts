import { expect, it, vi } from "vitest";
import type { Chat, Message } from "~/api/types";

vi.stubGlobal("navigator", { languages: ["en"] });
const { newestToTell, noteOf, oneLine } = await import("./note");

const chat = { id: -5, account: 1, kind: "supergroup", title: "Group", avatar: "/a" } as Chat;
const message = (of: Partial<Message>) =>
  ({
    id: 1,
    chat: -5,
    out: false,
    kind: "text",
    text: "",
    deleted_at: null,
    silent: false,
    sender: null,
    ...of,
  }) as Message;

it("cuts a text by characters into one line, as the notifier does", () => {
  expect(oneLine("short", 100)).toBe("short");
  expect(oneLine("ж".repeat(100), 100)).toBe("ж".repeat(100));
  expect(oneLine("ж".repeat(101), 100)).toBe(`${"ж".repeat(100)}…`);
  expect(oneLine(" a\n\n b\t\u0000c \n", 100)).toBe("a b c");
  expect(oneLine("Bank\u202eknaB\u2066!", 100)).toBe("BankknaB!");
  expect(oneLine("👩\u200d👩", 2)).toBe("👩…");
  expect(oneLine(" ".repeat(1 << 20), 100)).toBe("");
});

it("tells of the newest that is worth it, whatever came with it", () => {
  const theirs = message({ id: 2 });
  const all = [
    message({ id: 1 }),
    theirs,
    message({ id: 3, out: true }),
    message({ id: 4, kind: "service" }),
    message({ id: 5, deleted_at: 1 }),
  ];
  expect(newestToTell(all)).toBe(theirs);
  expect(newestToTell([...all].reverse())).toBe(theirs);
  expect(newestToTell(all.slice(2))).toBeUndefined();
});

it("is as silent as its message, and nothing in it turns the text around", () => {
  const from = message({
    id: 7,
    text: "line\nbreak \u202eevil",
    silent: true,
    sender: { id: 9, name: "Bo\u202eb", colour: 0, avatar: null } as Message["sender"],
  });
  expect(noteOf({ ...chat, title: "Gr\u2067oup\n" }, from)).toEqual({
    title: "Group",
    body: "Bob: line break evil",
    tag: "chat--5",
    url: "/c/1/-5/7",
    silent: true,
    icon: "/a",
  });
  expect(noteOf({ ...chat, kind: "private", avatar: null }, message({ text: "hello" }))).toMatchObject({
    body: "hello",
    silent: false,
  });
});
