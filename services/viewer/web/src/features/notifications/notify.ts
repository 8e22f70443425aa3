import { chats as chatApi, messages } from "~/api/calls";
import { listen } from "~/api/events";
import type { Change } from "~/api/types";
import { chatTitle, isGroup } from "~/features/chats/titles";
import { kindLabel } from "~/features/message/labels";
import { session } from "~/features/session/session";
import { peerName } from "~/lib/names";
import { createStored } from "~/lib/stored";
import { askPermission, granted } from "./allowed";
import { isMuted, loadMutes } from "./mutes";
import { subscribed } from "./push";
import { registration } from "./worker";

/** In-page notifications: while a tab is open, and not looked at. */

const [stored, setStored] = createStored<"on" | "off">("notifications", "off", ["on", "off"]);
const LENGTH = 100;

export const wanted = () => stored() === "on" && granted();

/** From a click. */
export async function setWanted(on: boolean) {
  setStored(on && (await askPermission()) ? "on" : "off");
}

/** Call once, when somebody is logged in; gives what stops it. */
export function followForNotifications(): () => void {
  return listen({
    change: (c) => {
      if (c.kind === "new" && c.live && !c.is_range && c.chat !== null) void show(c, c.chat);
    },
    reload: () => void loadMutes(),
  });
}

async function show(change: Change, chat: number) {
  const key = { account: change.account, chat };
  // Where Web Push comes, it tells.
  if (!document.hidden || !wanted() || session()?.push === "off" || subscribed() || isMuted(key)) return;
  const [about, page] = await Promise.all([chatApi.get(key), messages.byId(key, change.ids.slice(-1))]).catch(
    () => [],
  );
  const m = page?.messages[0];
  if (!about || !m || m.out || m.kind === "service") return;
  const text = m.text.slice(0, LENGTH) || kindLabel(m.kind);
  // The worker shows both kinds, so that a tab and a push never tell the same twice.
  (await registration())?.active?.postMessage({
    notify: {
      title: chatTitle(about),
      body: isGroup(about) && m.sender ? `${peerName(m.sender)}: ${text}` : text,
      tag: `chat-${chat}`,
      url: `/c/${change.account}/${chat}/${m.id}`,
      ...(about.avatar ? { icon: about.avatar } : {}),
    },
  });
}
