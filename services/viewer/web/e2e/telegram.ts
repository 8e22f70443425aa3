/**
 * The simulated Telegram behind the archive, by its admin API: what tests let happen there. Ids of messages are as the
 * account sees them. `make e2e` says where it is.
 */

const ADMIN = process.env.SIMULATOR ?? "";
const ACCOUNT = Number(process.env.TELEGRAM_USER ?? 0);

type Chat = { id: number; title: string };

/**
 * Chats of the demo. Tests run side by side: each spec changes only the chats that stand behind its name, and where one
 * counts or attacks, each size of the page has its own.
 */
export const CHATS = {
  /** 25,000 messages; changed by live.spec.ts, read by jumps.spec.ts. */
  club: { id: -1001512000102, title: "Ridge & River Hiking Club" },
  /** Nobody changes it: reading.spec.ts. */
  news: { id: -1001512000101, title: "Harbour Dispatch" },
  /** A forum; latency.spec.ts. */
  lantern: { id: -1001512000106, title: "Lantern — open project" },
  /** What exists for the reader of users.spec.ts, with `marta`. */
  weather: { id: -1001512000105, title: "पहाड़ का मौसम" },
  marta: { id: 7400000007, title: "Marta Vidal" },
  family: { id: -4512000201, title: "Family 🏡" },
  /** search.spec.ts */
  kenji: { id: 7400000008, title: "田中 健二" },
  noor: { id: 7400000009, title: "نور حداد" },
  /** connection.spec.ts */
  yael: { id: 7400000010, title: "יעל לוי" },
  /** incidents.spec.ts */
  bakery: { id: -1001512000103, title: "La Espiga 🍞 obrador" },
  choir: { id: -1001512000104, title: "Хор «Зимний сад»" },
  cricket: { id: -4512000202, title: "चाय और क्रिकेट 🏏" },
  books: { id: -4512000203, title: "读书会" },
} as const satisfies Record<string, Chat>;

/** A command of `crates/telegram-sim/src/admin/command.rs`. */
export async function tell<T = { id: number }>(
  command: { do: string; [field: string]: unknown },
  simulator = ADMIN,
): Promise<T> {
  const answer = await fetch(`${simulator}/do`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ account: ACCOUNT, ...command }),
  });
  if (!answer.ok) throw new Error(`${command.do}: ${answer.status} ${await answer.text()}`);
  return answer.json() as Promise<T>;
}

/** A group of the account's own that nobody else knows, with Marta, who writes in it. */
export async function found(title: string): Promise<Chat> {
  const members = [CHATS.marta.id];
  const { chat } = await tell<{ chat: number }>({ do: "create_group", title, members });
  return { id: chat, title };
}

type Posted = { from?: number; reply_to?: number; media?: Record<string, unknown> };

/** Its id. Who writes is the chat's other side, the group's first member or the channel, unless `from` says who. */
export async function post(chat: Chat, text: string, more: Posted = {}): Promise<number> {
  const { id } = await tell<{ id: number | null }>({ do: "post", chat: chat.id, text, ...more });
  if (id === null) throw new Error(`nothing can be posted in ${chat.title}`);
  return id;
}

/** As the account itself. */
export const postMine = (chat: Chat, text: string) => post(chat, text, { from: ACCOUNT });

export async function edit(chat: Chat, id: number, text: string) {
  const { done } = await tell<{ done: boolean }>({ do: "edit", chat: chat.id, id, text });
  if (!done) throw new Error(`message ${id} of ${chat.title} cannot be edited`);
}

/** All in one update. */
export async function remove(chat: Chat, ids: number[]) {
  const { deleted } = await tell<{ deleted: number }>({ do: "delete", chat: chat.id, ids });
  if (deleted !== ids.length) throw new Error(`${deleted} of ${ids.length} messages were deleted`);
}

export async function react(chat: Chat, id: number, emoji: string, count: number) {
  const { done } = await tell<{ done: boolean }>({ do: "react", chat: chat.id, id, emoji, count });
  if (!done) throw new Error(`message ${id} of ${chat.title} takes no reaction`);
}

/** A word that stands in no other text. */
export function unique(): string {
  const letters = Array.from({ length: 12 }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26)));
  return `zq${letters.join("")}`;
}
