/// <reference lib="webworker" />
/**
 * The service worker: the shell of the page for when there is no connection, and notifications that are pushed.
 * What is archived is never kept here.
 */
declare const __SHELL__: string[];

const worker = self as unknown as ServiceWorkerGlobalScope;
const SHELL = __SHELL__;
const CACHE = `shell-${SHELL.join("|")
  .split("")
  .reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7)}`;

worker.addEventListener("install", (e) => {
  e.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (e) => {
  e.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((n) => n.startsWith("shell-") && n !== CACHE).map((n) => caches.delete(n))),
      )
      .then(() => worker.clients.claim()),
  );
});

worker.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== location.origin || url.pathname.startsWith("/api/"))
    return;
  if (e.request.mode === "navigate") {
    // The newest page if it can be had; the kept one, which says that there is no connection, if not.
    e.respondWith(fetch(e.request).catch(async () => (await caches.match("/")) ?? Response.error()));
  } else if (url.pathname.startsWith("/assets/")) {
    e.respondWith(asset(e.request));
  }
});

/** What has a hash in its name never changes: parts of the page that came later are kept, too. */
async function asset(request: Request): Promise<Response> {
  const kept = await caches.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) {
    const copy = fresh.clone();
    void caches.open(CACHE).then((cache) => cache.put(request, copy));
  }
  return fresh;
}

/** What the notifier sends (its `Notification`), and a page that is not looked at. */
type Note = { title: string; body: string; url: string; tag?: string; icon?: string; silent: boolean };

worker.addEventListener("push", (e) => {
  e.waitUntil(pushed(read(e.data)));
});

worker.addEventListener("message", (e: ExtendableMessageEvent) => {
  const note = parse((e.data as { notify?: unknown } | null)?.notify);
  if (note) e.waitUntil(told(note));
});

/** Every push must show something: browsers end a subscription whose pushes do not. */
async function pushed(note: Note | undefined) {
  const shown = note ?? { title: "Telegram Archive", body: await neutral(), url: "/", silent: false };
  if (!(await inSight(shown.url))) return show(shown);
  // Those that look at a page are spared, and so are pushes then; only Safari counts them all the same.
  if (!/^((?!chrom|firefox).)*safari/i.test(navigator.userAgent)) return;
  await show({ ...shown, silent: true });
  for (const own of await worker.registration.getNotifications()) if (urlOf(own) === shown.url) own.close();
}

/** Several pages that are open tell the same. */
async function told(note: Note) {
  const already = await worker.registration.getNotifications();
  if (already.some((n) => urlOf(n) === note.url) || (await inSight(note.url))) return;
  await show(note);
}

function show(note: Note): Promise<void> {
  const options: NotificationOptions & { renotify?: boolean } = {
    body: note.body,
    dir: "auto",
    icon: note.icon ?? "/icon-192.png",
    badge: "/badge.png",
    silent: note.silent,
    data: { url: note.url },
    // Takes the place of the chat's older one, and is heard all the same.
    ...(note.tag ? { tag: note.tag, renotify: !note.silent } : {}),
  };
  return worker.registration.showNotification(note.title, options);
}

const urlOf = (n: Notification) => (n.data as { url?: string } | null)?.url;

/** The words come from the page, which knows the language that was chosen. */
async function neutral(): Promise<string> {
  return (await (await caches.match("/words/neutral"))?.text()) ?? "There are new messages";
}

function read(data: PushMessageData | null): Note | undefined {
  try {
    return parse(data?.json());
  } catch {
    return undefined;
  }
}

function parse(value: unknown): Note | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { title, body, url, tag, icon, silent } = value as Record<string, unknown>;
  if (typeof title !== "string" || title === "" || typeof body !== "string") return undefined;
  const picture = ownPath(icon);
  return {
    title,
    body,
    url: ownPath(url) ?? "/",
    silent: silent === true,
    ...(typeof tag === "string" && tag !== "" ? { tag } : {}),
    ...(picture ? { icon: picture } : {}),
  };
}

/** Whatever was pushed, pictures come from this archive and clicks stay in it. */
function ownPath(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const url = new URL(value, location.origin);
  return url.origin === location.origin ? url.pathname + url.search : undefined;
}

const PATIENCE_MS = 500;

/** Whether somebody looks at the chat that this address leads into. */
async function inSight(url: string): Promise<boolean> {
  const chat = /^\/c\/[^/]+\/[^/]+/.exec(url)?.[0];
  if (!chat) return false;
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const looked = windows.filter((w) => w.visibilityState === "visible");
  const places = await Promise.all(looked.map(place));
  return places.some((path) => path === chat || path.startsWith(`${chat}/`));
}

/** Where a page is. One that is busy or of another version does not say: then where its browser knows it. */
function place(page: WindowClient): Promise<string> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (e: MessageEvent<string>) => resolve(e.data);
    setTimeout(() => resolve(new URL(page.url).pathname), PATIENCE_MS);
    page.postMessage({ where: true }, [port2]);
  });
}

worker.addEventListener("notificationclick", (e) => {
  e.notification.close();
  e.waitUntil(open(ownPath(urlOf(e.notification)) ?? "/"));
});

async function open(path: string) {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = windows.find((w) => w.focused) ?? windows.find((w) => w.visibilityState === "visible");
  const chosen = page ?? windows[0];
  if (!chosen) return void (await worker.clients.openWindow(path));
  chosen.postMessage({ go: path });
  // Refused when the click is long ago.
  await chosen.focus().catch(() => undefined);
}

/** The browser gave this device another address, or none: the server is told, if somebody is logged in here. */
worker.addEventListener("pushsubscriptionchange", (e) => {
  const change = e as ExtendableEvent & { newSubscription?: PushSubscription | null };
  change.waitUntil(renew(change.newSubscription ?? null).catch(() => undefined));
});

async function renew(given: PushSubscription | null) {
  const fresh = given ?? (await subscribeAgain());
  // The page keeps them where the worker finds them: without, all chats are told of.
  const chats: unknown = await (await caches.match("/words/chats"))?.json();
  await fetch("/api/v1/push/subscriptions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...fresh.toJSON(), chats }),
  });
}

async function subscribeAgain(): Promise<PushSubscription> {
  const answer = await fetch("/api/v1/push/key");
  const { key } = (await answer.json()) as { key: string };
  return worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}
