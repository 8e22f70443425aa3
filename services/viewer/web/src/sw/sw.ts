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
    e.respondWith(caches.match(e.request).then((kept) => kept ?? fetch(e.request)));
  }
});

type Push = { title?: string; body?: string; tag?: string; url?: string; icon?: string; silent?: boolean };

worker.addEventListener("push", (e) => {
  const data = read(e.data);
  e.waitUntil(
    worker.registration.showNotification(data.title ?? "Telegram Archive", {
      body: data.body ?? "",
      icon: data.icon ?? "/icon-192.png",
      badge: "/icon-192.png",
      silent: data.silent ?? false,
      data: { url: data.url ?? "/" },
      ...(data.tag ? { tag: data.tag } : {}),
    }),
  );
});

function read(data: PushMessageData | null): Push {
  try {
    return (data?.json() ?? {}) as Push;
  } catch {
    return { body: data?.text() ?? "" };
  }
}

worker.addEventListener("notificationclick", (e) => {
  e.notification.close();
  // Whatever was pushed, a click stays in this archive.
  const url = new URL(String((e.notification.data as Push | null)?.url ?? "/"), location.origin);
  const target = url.origin === location.origin ? url.href : location.origin;
  e.waitUntil(
    worker.clients.matchAll({ type: "window", includeUncontrolled: true }).then(async (windows) => {
      const open = windows[0];
      if (!open) return worker.clients.openWindow(target);
      await open.focus();
      open.postMessage({ go: url.origin === location.origin ? url.pathname + url.search : "/" });
      return open;
    }),
  );
});
