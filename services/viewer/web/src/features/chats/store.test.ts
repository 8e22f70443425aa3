import { createEffect, createRoot, on } from "solid-js";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Chat, Folder } from "~/api/types";

const api = vi.hoisted(() => ({ page: vi.fn(), folders: vi.fn(), get: vi.fn() }));
vi.mock("~/api/calls", () => ({ chats: api }));
vi.mock("~/features/session/session", () => ({
  session: () => ({ accounts: [{ id: 1 }, { id: 2 }] }),
  onEnd: () => undefined,
}));

const { account, chatOf, chats, chooseAccount, chooseFolder, folder, folders, inFolder, loadChats, loaded } =
  await import("./store");

/** Both accounts are in chat 7. */
const chat = (account: number, id: number) => ({ account, id, title: `${id} of ${account}` }) as Chat;
const BOATS = { id: 2, title: "Boats", emoticon: null } satisfies Folder;

let leave: () => void;
afterEach(() => leave());

beforeEach(async () => {
  api.page.mockImplementation(async (of: number, query: { folder?: number }) => ({
    chats: query.folder === undefined ? [chat(of, 7), chat(of, 10 + of)] : [chat(of, 7)],
    next: null,
  }));
  api.folders.mockResolvedValue({ folders: [BOATS] });
  chooseAccount(1);
  leave = createRoot((dispose) => {
    createEffect(on(account, (id) => id !== undefined && void loadChats(id)));
    return dispose;
  });
  await vi.waitFor(() => expect(folders()).toHaveLength(1));
});

it("says of a chat what its account says, and nothing of another's", async () => {
  expect(chatOf({ account: 1, chat: 7 })?.title).toBe("7 of 1");
  expect(chatOf({ account: 2, chat: 7 })).toBeUndefined();
  chooseAccount(2);
  expect(chatOf({ account: 1, chat: 7 })).toBeUndefined();
  expect(chats()).toEqual([]);
  expect(loaded()).toBe(false);
  await vi.waitFor(() => expect(chatOf({ account: 2, chat: 7 })?.title).toBe("7 of 2"));
  expect(chatOf({ account: 1, chat: 7 })).toBeUndefined();
});

it("does not choose an account that is not there", () => {
  chooseAccount(2);
  chooseAccount(99);
  expect(account()).toBe(2);
});

it("lets go of a chosen folder with the account it is of", async () => {
  await chooseFolder(BOATS.id);
  expect(
    chats()
      .filter(inFolder)
      .map((c) => c.id),
  ).toEqual([7]);
  chooseAccount(2);
  expect(folder()).toBeUndefined();
  expect(folders()).toEqual([]);
  await vi.waitFor(() => expect(chats().filter(inFolder)).toHaveLength(2));
});

it("does not take what comes late for an account that was left", async () => {
  let answer: (page: { chats: Chat[] }) => void = () => undefined;
  api.page.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
  const late = chooseFolder(BOATS.id);
  chooseAccount(2);
  await vi.waitFor(() => expect(loaded()).toBe(true));
  const own = chooseFolder(BOATS.id);
  await own;
  answer({ chats: [chat(1, 12)] });
  await late;
  expect(
    chats()
      .filter(inFolder)
      .map((c) => c.id),
  ).toEqual([7]);
});
