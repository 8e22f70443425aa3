import { chats as api } from "~/api/calls";
import type { Chat, ChatKey } from "~/api/types";
import { onBegin } from "~/features/session/session";
import { askEarly, type Early } from "~/features/timeline/early";

/** What the address names: asked for as soon as it is known who asks, and before a page is drawn around it. */
type First = { key: ChatKey; chat: Promise<Chat | null>; early: Early };

let first: First | undefined;

onBegin(() => {
  first = undefined;
  const [, account, chat, message] = /^\/c\/(\d+)\/(-?\d+)(?:\/(\d+))?$/.exec(location.pathname) ?? [];
  if (!account || !chat) return;
  const key = { account: Number(account), chat: Number(chat) };
  const query = new URLSearchParams(location.search);
  const go = { id: message ? Number(message) : undefined, day: query.get("day") ?? undefined };
  const topic = query.get("topic");
  first = {
    key,
    chat: api.get(key).catch(() => null),
    early: askEarly(key, go, topic ? Number(topic) : undefined),
  };
});

/** Taken once, by the first page of that chat. */
export function takeFirst(key: ChatKey): First | undefined {
  const taken = first?.key.account === key.account && first.key.chat === key.chat ? first : undefined;
  first = undefined;
  return taken;
}
