import type { Chat, Message, Peer, Preview } from "~/api/types";
import type { IconName } from "~/components/Icon";
import { t } from "~/i18n";
import { peerName } from "~/lib/names";
import { chatById } from "./store";

export const chatTitle = (c: Chat): string =>
  c.kind === "saved_messages" ? t("chats.saved") : (c.title ?? t("chats.deletedAccount"));

export const chatIcon = (c: Chat): IconName | undefined =>
  c.kind === "saved_messages" ? "bookmark" : undefined;

/** The small sign before a title: people need none. */
export function kindIcon(c: Chat): IconName | undefined {
  switch (c.kind) {
    case "group":
    case "supergroup":
      return "group";
    case "forum":
      return "hash";
    case "channel":
      return "megaphone";
    default:
      return undefined;
  }
}

export function chatSubtitle(c: Chat): string {
  const n = c.participants;
  if (c.kind === "channel") return n === null ? t("chat.channel") : t("chat.subscribers", { n });
  if (c.kind === "group" || c.kind === "supergroup" || c.kind === "forum")
    return n === null ? t("chat.group") : t("chat.members", { n });
  if (c.kind === "bot") return t("chat.bot");
  return c.username ? `@${c.username}` : t("chat.private");
}

/** Whether senders need naming: in groups. */
export const isGroup = (c: Chat) => c.kind === "group" || c.kind === "supergroup" || c.kind === "forum";

export function previewSender(c: Chat, p: Preview): string | undefined {
  if (p.kind === "service") return undefined;
  if (p.out) return c.kind === "saved_messages" ? undefined : t("chats.you");
  return isGroup(c) && p.sender ? firstName(p.sender) : undefined;
}

const firstName = (p: Peer) => peerName(p).split(" ")[0] ?? peerName(p);

/** Who a message is from: what nobody signed is the chat's, as the posts of a channel are. */
export function author(m: Message): { name: string; colour: number; avatar: string | null } {
  const from = m.sender ?? chatById(m.chat);
  const name = m.sender ? peerName(m.sender) : (chatById(m.chat)?.title ?? t("message.channel"));
  return {
    name: m.out ? t("message.you") : name,
    colour: from?.colour ?? 0,
    avatar: from?.avatar ?? null,
  };
}
