import { createSignal } from "solid-js";
import { push as api } from "~/api/calls";
import type { ChatKey } from "~/api/types";
import { toastError } from "~/components/toast";
import { onEnd, session } from "~/features/session/session";

/** Muted chats are the user's, in all browsers. */

const [muted, setMuted] = createSignal<ReadonlySet<string>>(new Set());
const name = (of: ChatKey) => `${of.account}/${of.chat}`;

onEnd(() => setMuted(new Set<string>()));

export const isMuted = (of: ChatKey) => muted().has(name(of));

export function canMute(): boolean {
  const s = session();
  return !!s && s.push !== "off" && !s.anonymous && !s.read_only;
}

export async function loadMutes() {
  if (!canMute()) return setMuted(new Set<string>());
  // Without the notifier nobody is told of anything, either.
  const known = await api.mutes().catch(() => undefined);
  if (known) setMuted(new Set(known.chats.map(name)));
}

export async function setMute(of: ChatKey, mute: boolean) {
  try {
    await (mute ? api.mute(of) : api.unmute(of));
    const next = new Set(muted());
    if (mute) next.add(name(of));
    else next.delete(name(of));
    setMuted(next);
  } catch (e) {
    toastError(e);
  }
}
