import { chats as chatApi, messages } from "~/api/calls";
import { listen } from "~/api/events";
import type { Change } from "~/api/types";
import { chatTitle, isGroup } from "~/features/chats/titles";
import { kindLabel } from "~/features/message/labels";
import { session } from "~/features/session/session";
import { peerName } from "~/lib/names";
import { go } from "~/lib/navigate";
import { createStored } from "~/lib/stored";

/** In-page notifications: while a tab is open, and not looked at. */

export const [wanted, setWanted] = createStored<"on" | "off">("notifications", "off", ["on", "off"]);
const LENGTH = 100;

export const supported = () => "Notification" in window;

/** Call once, when somebody is logged in; gives what stops it. */
export function followForNotifications(): () => void {
  return listen({
    change: (c) => {
      if (c.kind === "new" && c.live && !c.is_range && c.chat !== null) void show(c, c.chat);
    },
  });
}

async function show(change: Change, chat: number) {
  if (!document.hidden || wanted() === "off" || session()?.push === "off") return;
  if (!supported() || Notification.permission !== "granted") return;
  const key = { account: change.account, chat };
  const [about, page] = await Promise.all([chatApi.get(key), messages.byId(key, change.ids.slice(-1))]).catch(
    () => [],
  );
  const m = page?.messages[0];
  if (!about || !m || m.out) return;
  const text = m.text.slice(0, LENGTH) || kindLabel(m.kind);
  const note = new Notification(chatTitle(about), {
    body: isGroup(about) && m.sender ? `${peerName(m.sender)}: ${text}` : text,
    tag: `chat-${chat}`,
    icon: about.avatar ?? "/icon-192.png",
  });
  note.onclick = () => {
    window.focus();
    go(`/c/${change.account}/${chat}/${m.id}`);
    note.close();
  };
}
