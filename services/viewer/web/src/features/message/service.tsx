import type { JSX } from "solid-js";
import type { Message, Peer, Service } from "~/api/types";
import { type Key, t } from "~/i18n";
import { span } from "~/i18n/format";
import { tParts } from "~/i18n/parts";
import { peerName } from "~/lib/names";

/** What a service message says. An action without a sentence of its own is shown by Telegram's name of it. */

const SAME: Record<string, Key> = {
  group_call_scheduled: "service.group_call",
  invite_to_group_call: "service.group_call",
  set_chat_wall_paper: "service.set_chat_theme",
  star_gift: "service.gift",
  gift_premium: "service.gift",
  gift_stars: "service.gift",
  gift_code: "service.gift",
  star_gift_unique: "service.gift",
  conference_call: "service.phone_call",
};

const PLAIN = new Set(
  `chat_create channel_create chat_edit_title chat_edit_photo chat_delete_photo chat_add_user chat_delete_user
  chat_joined_by_link chat_joined_by_request chat_migrate_to channel_migrate_from pin_message history_clear phone_call
  group_call topic_create topic_edit contact_sign_up set_messages_ttl screenshot_taken set_chat_theme boost_apply`.split(
    /\s+/,
  ),
);

type Data = Record<string, unknown>;

function sentence(name: string, data: Data, actor: number | undefined): Key {
  const users = Array.isArray(data.users) ? data.users : [];
  if (name === "chat_add_user" && users.length === 1 && users[0] === actor) return "service.chat_joined";
  if (name === "chat_delete_user" && data.user_id === actor) return "service.chat_left";
  if (name === "phone_call" && data.reason === "missed") return "service.phone_callMissed";
  if (name === "phone_call" && typeof data.duration === "number" && data.duration > 0)
    return "service.phone_callLength";
  if (PLAIN.has(name)) return `service.${name}` as Key;
  return SAME[name] ?? "service.other";
}

const words = (name: string) => name.replaceAll("_", " ");

/** As elements: names lead to their chats. */
export function serviceText(m: Message, body: Service, name: (p: Peer) => JSX.Element): JSX.Element {
  const data = body.data as Data;
  const actor = m.sender ? name(m.sender) : t("message.channel");
  const named = body.peers.filter((p) => p.id !== m.sender?.id);
  const users = (named.length > 0 ? named : body.peers).flatMap((p, i) =>
    i > 0 ? [", ", name(p)] : [name(p)],
  );
  return tParts(
    sentence(body.name, data, m.sender?.id),
    { actor, users },
    {
      title: String(data.title ?? ""),
      name: words(body.name),
      span: span(Number(data.duration ?? 0)),
    },
  );
}

/** As a line of the chat list, which has no more than the name of the action. */
export function serviceLine(action: string | null, sender: Peer | null): string {
  const name = action ?? "";
  const key = sentence(name, {}, undefined);
  return t(key, {
    actor: sender ? peerName(sender) : t("message.channel"),
    users: "…",
    title: "…",
    span: "",
    name: words(name),
  });
}
