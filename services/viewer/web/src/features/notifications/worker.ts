import type { ChatKey } from "~/api/types";
import { go } from "~/lib/navigate";

/** The page's side of the service worker. What both say to each other stands in `sw/sw.ts`. */

/** Waiting for one that does not come would have no end. */
const PATIENCE_MS = 10_000;

/** The one that is active; none where there is no service worker (a page that is being developed). */
export async function registration(): Promise<ServiceWorkerRegistration | undefined> {
  if (!("serviceWorker" in navigator)) return undefined;
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  return Promise.race([navigator.serviceWorker.ready, late]);
}

/** Answers the worker. Call once; gives what stops it. */
export function followWorker(): () => void {
  const answer = (e: MessageEvent<{ go?: string; where?: boolean }>) => {
    if (e.data?.go) go(e.data.go);
    // `client.url` is where a page began in some browsers, not where it is.
    if (e.data?.where) e.ports[0]?.postMessage(location.pathname);
  };
  navigator.serviceWorker?.addEventListener("message", answer);
  return () => navigator.serviceWorker?.removeEventListener("message", answer);
}

/** What it says of a push that it cannot read: it has no language of its own. */
export async function teachWorker(neutral: string) {
  if (!("caches" in window)) return;
  const words = await caches.open("words");
  await words.put("/words/neutral", new Response(neutral));
}

/** Of which chats this device is told, for when the browser gives it another address; `undefined`: of all. */
export async function teachChats(chats: readonly ChatKey[] | undefined) {
  if (!("caches" in window)) return;
  const words = await caches.open("words");
  if (chats) await words.put("/words/chats", Response.json(chats));
  else await words.delete("/words/chats");
}

/** Takes away what is shown: of one chat (`/c/…/…`), or all. */
export async function closeNotifications(chat?: string) {
  if (!("serviceWorker" in navigator)) return;
  const shown = await (await navigator.serviceWorker.getRegistration())?.getNotifications();
  for (const note of shown ?? []) {
    const url = String((note.data as { url?: string } | null)?.url ?? "");
    if (!chat || url === chat || url.startsWith(`${chat}/`)) note.close();
  }
}
