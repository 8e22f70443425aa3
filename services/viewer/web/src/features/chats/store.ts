import { batch, createMemo, createRoot, createSignal } from "solid-js";
import { chats as api } from "~/api/calls";
import { listen } from "~/api/events";
import type { Change, Chat, ChatKey, Folder } from "~/api/types";
import { onEnd, session } from "~/features/session/session";
import { createStored } from "~/lib/stored";
import { sortChats } from "./order";

/** The chats of the account that is looked at. All of them are held: a list row is small, and the switcher needs them. */

const [chosen, setChosen] = createStored<string>("account", "");
const [byId, setById] = createSignal<ReadonlyMap<number, Chat>>(new Map());
const [folders, setFolders] = createSignal<Folder[]>([]);
const [loaded, setLoaded] = createSignal(false);
const [failure, setFailure] = createSignal<unknown>();

export { failure, folders, loaded };

const PAGE = 500;

export const account = createMemoLater(() => {
  const all = session()?.accounts ?? [];
  return (all.find((a) => String(a.id) === chosen()) ?? all[0])?.id;
});

/** An account that is not in this archive is not chosen. */
export function chooseAccount(id: number) {
  if (id !== account() && session()?.accounts.some((a) => a.id === id)) setChosen(String(id));
}

export const chats = createMemoLater(() => sortChats([...byId().values()]));
export const chatById = (id: number) => byId().get(id);

/** A chat of the list, if the list is that of its account: two accounts may be in the same chat. */
export function chatOf(key: ChatKey): Chat | undefined {
  const chat = chatById(key.chat);
  return chat?.account === key.account ? chat : undefined;
}

/** Memos of a module: they belong to no component, and are made when first asked for. */
function createMemoLater<T>(compute: () => T): () => T {
  let memo: (() => T) | undefined;
  return () => {
    memo ??= createRoot(() => createMemo(compute));
    return memo();
  };
}

let held: number | undefined;

/** Nothing of one account is shown with another, and nothing of one user to the next. */
function beginAnew(id?: number) {
  held = id;
  dirty.clear();
  batch(() => {
    setById(new Map());
    setLoaded(false);
    setFolders([]);
    setFolderSignal(undefined);
    setFolderChats(undefined);
  });
}

onEnd(beginAnew);

export async function loadChats(id: number) {
  if (id !== held) beginAnew(id);
  setFailure(undefined);
  try {
    const all = new Map<number, Chat>();
    let cursor: string | undefined;
    do {
      const page = await api.page(id, { limit: PAGE, ...(cursor ? { cursor } : {}) });
      if (account() !== id) return;
      for (const chat of page.chats) all.set(chat.id, chat);
      setById(new Map(all));
      setLoaded(true);
      cursor = page.next ?? undefined;
    } while (cursor);
  } catch (e) {
    if (account() !== id) return;
    setFailure(e);
  }
  const found = await api.folders(id).then(
    (f) => f.folders,
    () => [],
  );
  if (account() === id) setFolders(found);
}

const dirty = new Set<number>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** A chat that changed is asked for again, several at a time, a moment later. */
function touch(change: Change) {
  if (change.account !== account() || change.chat === null) return;
  if (change.kind === "reactions" || change.kind === "counters" || change.kind === "media") return;
  dirty.add(change.chat);
  if (timer === undefined) timer = setTimeout(refreshDirty, 200);
}

async function refreshDirty() {
  timer = undefined;
  const id = account();
  const ids = [...dirty];
  dirty.clear();
  if (id === undefined) return;
  const fresh = await Promise.all(ids.map((chat) => api.get({ account: id, chat }).catch(() => undefined)));
  if (held !== id) return;
  setById((before) => {
    const all = new Map(before);
    for (const chat of fresh) if (chat) all.set(chat.id, chat);
    return all;
  });
}

/** Call once, when somebody is logged in; gives what stops it. */
export function followChats(): () => void {
  return listen({
    change: touch,
    reload: () => {
      const id = account();
      if (id !== undefined) void loadChats(id);
    },
  });
}

const [folderChats, setFolderChats] = createSignal<ReadonlySet<number>>();
const [folder, setFolderSignal] = createSignal<number>();

export { folder };

/** The chats of a folder are the server's to say: its rules are Telegram's. */
export async function chooseFolder(id: number | undefined) {
  setFolderSignal(id);
  setFolderChats(undefined);
  const of = account();
  if (id === undefined || of === undefined) return;
  const page = await api.page(of, { folder: id, limit: PAGE });
  if (folder() === id && account() === of) setFolderChats(new Set(page.chats.map((c) => c.id)));
}

export const inFolder = (chat: Chat) => folder() === undefined || (folderChats()?.has(chat.id) ?? false);
