import { chats as chatApi, messages } from "~/api/calls";
import { listen } from "~/api/events";
import type { Change } from "~/api/types";
import { session } from "~/features/session/session";
import { createStored } from "~/lib/stored";
import { askPermission, granted } from "./allowed";
import { isMuted, loadMutes } from "./mutes";
import { newestToTell, noteOf } from "./note";
import { subscribed } from "./push";
import { registration } from "./worker";

/** In-page notifications: while a tab is open, and not looked at. */

const [stored, setStored] = createStored<"on" | "off">("notifications", "off", ["on", "off"]);
/** What is asked for at once. */
const MOST = 100;

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
  const [about, page] = await Promise.all([
    chatApi.get(key),
    messages.byId(key, change.ids.slice(-MOST)),
  ]).catch(() => []);
  const newest = newestToTell(page?.messages ?? []);
  if (!about || !newest) return;
  // The worker shows both kinds, so that a tab and a push never tell the same twice.
  (await registration())?.active?.postMessage({ notify: noteOf(about, newest) });
}
