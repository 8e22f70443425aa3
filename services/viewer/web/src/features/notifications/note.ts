import type { Chat, Message } from "~/api/types";
import { chatTitle, isGroup } from "~/features/chats/titles";
import { kindLabel } from "~/features/message/labels";
import { peerName, plainName } from "~/lib/names";

/** What a page tells of a message. The notifier's rules (its `compose.rs`): one who gets both cannot tell them apart. */

const TEXT = 100;
const NAME = 80;

/** Whether somebody is told of it: not of what the account itself sent, of what is gone, and of joins and pins. */
const worthTelling = (m: Message) => !m.out && m.deleted_at === null && m.kind !== "service";

/** What stands for all that came at once: a chat has one notification, that of its newest message. */
export const newestToTell = (messages: readonly Message[]): Message | undefined =>
  messages.filter(worthTelling).sort((a, b) => b.id - a.id)[0];

/** What the service worker takes (its `Note`). */
export function noteOf(about: Chat, m: Message) {
  const text = oneLine(m.text, TEXT) || kindLabel(m.kind);
  return {
    title: oneLine(chatTitle(about), NAME),
    body: isGroup(about) && m.sender ? `${oneLine(peerName(m.sender), NAME)}: ${text}` : text,
    tag: `chat-${about.id}`,
    url: `/c/${about.account}/${about.id}/${m.id}`,
    silent: m.silent,
    ...(about.avatar ? { icon: about.avatar } : {}),
  };
}

/** One line of plain text: no characters that turn the reading direction around or end a line, at most so many others. */
export function oneLine(text: string, most: number): string {
  // Bounded: a text may have a megabyte, and be all spaces.
  const line = plainName(text.slice(0, most * 80))
    .replace(/[\p{White_Space}\p{Cc}]+/gu, " ")
    .trim();
  const characters = [...line];
  if (characters.length <= most) return line;
  // Nothing of a joined character without its end.
  return `${characters
    .slice(0, most)
    .join("")
    .replace(/[\u200d ]+$/, "")}…`;
}
