import type { Chat } from "~/api/types";

/** Pinned first, then the newest activity: as Telegram orders its list. */
export function sortChats(chats: Chat[]): Chat[] {
  return chats.sort(
    (a, b) =>
      Number(b.pinned) - Number(a.pinned) ||
      (b.last_message?.date ?? 0) - (a.last_message?.date ?? 0) ||
      b.id - a.id,
  );
}

const fold = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Chats whose title or username has words that begin as typed; whole beginnings first. */
export function findChats(chats: readonly Chat[], typed: string, titleOf: (c: Chat) => string): Chat[] {
  const wanted = fold(typed.trim().replace(/^@/, ""));
  if (wanted === "") return [...chats];
  const score = (c: Chat) => {
    const title = fold(titleOf(c));
    if (title.startsWith(wanted) || fold(c.username ?? "").startsWith(wanted)) return 2;
    return title.split(/\s+/).some((w) => w.startsWith(wanted)) || title.includes(wanted) ? 1 : 0;
  };
  return chats
    .map((c) => [c, score(c)] as const)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([c]) => c);
}
