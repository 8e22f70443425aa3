import { readFileSync } from "node:fs";
import { createServer, request as forward, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page, Worker } from "@playwright/test";
import { CHATS, post, unique } from "./telegram";
import { chatPath, expect, messages, newGroup, test, untilArchived } from "./world";

/**
 * Notifications, with the service worker that the page registers and pushes that the browser delivers to it (CDP). What is
 * delivered is what the notifier sends: its own tests hold it to the same file.
 *
 * A subscription needs the push service of the browser's vendor, which cannot be reached here: `pushManager.subscribe` is
 * replaced in the test of what the page tells the archive, and there alone.
 */
const GOLDEN = JSON.parse(
  readFileSync(new URL("../../../notifier/tests/golden/push.json", import.meta.url), "utf8"),
) as { title: string; body: string; icon: string; tag: string; url: string; silent: boolean };

test.use({ permissions: ["notifications"], serviceWorkers: "allow" });

type Shown = {
  title: string;
  body: string;
  tag: string;
  url: string;
  icon: string;
  silent: boolean | null;
  renotify: boolean;
};

const shown = (page: Page): Promise<Shown[]> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const all = (await registration.getNotifications()) as (Notification & { renotify: boolean })[];
    return all.map((n) => ({
      title: n.title,
      body: n.body,
      tag: n.tag,
      url: n.data.url,
      icon: new URL(n.icon).pathname,
      silent: n.silent,
      renotify: n.renotify,
    }));
  });

/** Gives what delivers a push to the worker of this page. */
async function pushes(page: Page): Promise<(data: string) => Promise<void>> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const cdp = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  const known = new Promise<string>((resolve) => {
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const own = registrations.find((r) => r.scopeURL === `${origin}/` && !r.isDeleted);
      if (own) resolve(own.registrationId);
    });
  });
  await cdp.send("ServiceWorker.enable");
  const registrationId = await known;
  return async (data) => {
    await cdp.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
  };
}

const worker = (page: Page): Worker => {
  const own = page.context().serviceWorkers()[0];
  if (!own) throw new Error("there is no service worker");
  return own;
};

/** An event that nobody but a browser can send, without its right to be waited for. */
async function dispatch(page: Page, type: "notificationclick" | "pushsubscriptionchange") {
  await worker(page).evaluate(async (name) => {
    const scope = self as unknown as ServiceWorkerGlobalScope;
    ExtendableEvent.prototype.waitUntil = () => undefined;
    const [notification] = await scope.registration.getNotifications();
    scope.dispatchEvent(
      name === "notificationclick" && notification
        ? new NotificationEvent(name, { notification })
        : new ExtendableEvent(name),
    );
  }, type);
}

/** Two groups of the test's own, the second the newest of all chats. */
async function twoChats(page: Page) {
  const own = async (name: string) => {
    const chat = await newGroup(page, `${name} ${unique()}`);
    const newest = await post(chat, "hello", { from: CHATS.marta.id });
    await untilArchived(page, chat, [newest]);
    const path = chatPath(chat);
    const told = (message: number) =>
      JSON.stringify({ ...GOLDEN, tag: `chat-${chat.id}`, url: `${path}/${message}` });
    return { ...chat, path, newest, push: told };
  };
  return { one: await own("Pushed"), other: await own("Pushed, too") };
}

test("a push is shown as the notifier meant it", async ({ archive }) => {
  await archive.goto("/settings");
  const push = await pushes(archive);
  await push(JSON.stringify(GOLDEN));
  const { silent, ...said } = GOLDEN;
  await expect.poll(() => shown(archive)).toEqual([{ ...said, silent, renotify: true }]);
  // The next of the same chat takes its place; one without a sound is not heard anew.
  const next = { ...GOLDEN, body: "Bob: and this", silent: true };
  await push(JSON.stringify(next));
  await expect.poll(() => shown(archive)).toEqual([{ ...next, renotify: false }]);
  await push(JSON.stringify({ ...GOLDEN, tag: "chat-5", url: "/c/1/5/1" }));
  await expect.poll(async () => (await shown(archive)).length).toBe(2);
});

test("a push that cannot be read is shown without its content", async ({ archive }) => {
  await archive.goto("/settings");
  await archive.getByRole("radio", { name: "español" }).check();
  await expect(archive.locator("html")).toHaveAttribute("lang", "es");
  const push = await pushes(archive);
  // Now and then the browser loses what is delivered this way: then it is delivered once more.
  const delivered = (data: string, seen: () => Promise<unknown>, expected: unknown) =>
    expect(async () => {
      await push(data);
      await expect.poll(seen, { timeout: 3000 }).toContainEqual(expected);
    }).toPass();
  const said = async () => (await shown(archive)).map((n) => [n.title, n.body, n.url]);
  for (const odd of ["", "no JSON", "[]", '{"title":5,"body":"s3cr3t"}', '{"title":"s3cr3t"}']) {
    await delivered(odd, said, ["Telegram Archive", "Hay mensajes nuevos", "/"]);
    expect(JSON.stringify(await shown(archive))).not.toContain("s3cr3t");
    await archive.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      for (const n of await registration.getNotifications()) n.close();
    });
    await expect.poll(() => shown(archive)).toEqual([]);
  }
  // Nothing leads to another host, and nothing is fetched from one.
  const leads = async () => (await shown(archive)).map((n) => [n.tag, n.url, n.icon]);
  for (const foreign of ["https://evil.example/x", "//evil.example/x", "javascript:alert(1)"]) {
    const odd = JSON.stringify({ ...GOLDEN, tag: foreign, url: foreign, icon: foreign });
    await delivered(odd, leads, [foreign, "/", "/icon-192.png"]);
  }
});

test("a chat that is looked at is not told of", async ({ archive, isMobile }) => {
  const { one, other } = await twoChats(archive);
  await archive.goto(one.path);
  await expect(messages(archive).first()).toBeVisible();
  const push = await pushes(archive);
  const urls = async () => (await shown(archive)).map((n) => n.url);
  await push(one.push(one.newest));
  await push(other.push(other.newest));
  await expect.poll(urls).toEqual([`${other.path}/${other.newest}`]);
  // Opened: what was told of it goes. Without a new page where that can be done, for browsers know where a page began.
  if (isMobile) await archive.goto(other.path);
  else await archive.getByRole("list", { name: "Chats" }).locator(`a[href="${other.path}"]`).click();
  await expect(messages(archive).first()).toBeVisible();
  await expect.poll(urls).toEqual([]);
  await push(one.push(one.newest));
  await expect.poll(urls).toEqual([`${one.path}/${one.newest}`]);
});

test("a click leads to the message, in a tab that is open or a new one", async ({ archive }) => {
  const { one } = await twoChats(archive);
  await archive.goto("/settings");
  const push = await pushes(archive);
  await push(one.push(one.newest));
  await expect.poll(async () => (await shown(archive)).length).toBe(1);
  await dispatch(archive, "notificationclick");
  await expect(archive).toHaveURL(new RegExp(`${one.path}/${one.newest}$`));
  await expect(archive.locator(`#messages [data-ids~="${one.newest}"]`)).toBeInViewport();
  await expect.poll(() => shown(archive)).toEqual([]);

  await archive.goto("/settings");
  await push(one.push(one.newest));
  await expect.poll(async () => (await shown(archive)).length).toBe(1);
  const own = worker(archive);
  const opened = own.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const scope = self as unknown as ServiceWorkerGlobalScope;
        // Browsers open a window only for a click of a person.
        scope.clients.openWindow = async (url) => {
          resolve(String(url));
          return null;
        };
        scope.clients.matchAll = async () => [];
      }),
  );
  await dispatch(archive, "notificationclick");
  expect(await opened).toBe(`${one.path}/${one.newest}`);
});

test("a page that is not looked at tells, but not of muted chats", async ({ archive, isMobile }) => {
  test.skip(isMobile, "one user: both sizes at once would undo each other");
  const { one, other } = await twoChats(archive);
  const mute = async (on: boolean) => {
    const path = `/api/v1/push/mutes/1/${other.id}`;
    const headers = { Origin: new URL(archive.url()).origin };
    const answer = await (on
      ? archive.request.put(path, { headers })
      : archive.request.delete(path, { headers }));
    expect(answer.status()).toBe(204);
  };
  await mute(true);
  await archive.goto("/settings");
  await archive.getByLabel(/in the background/).check();
  await archive.evaluate(() => Object.defineProperty(document, "hidden", { value: true }));
  const muted = await post(other, "not told", { from: CHATS.marta.id });
  const told = await post(one, "told <b>in</b> plain text", { from: CHATS.marta.id });
  // What other tests let happen is told as well.
  const own = async () =>
    (await shown(archive)).filter((n) => [one, other].some((c) => n.url.startsWith(`${c.path}/`)));
  await expect
    .poll(async () => (await own()).map((n) => [n.url, n.tag]))
    .toEqual([[`${one.path}/${told}`, `chat-${one.id}`]]);
  const [note] = await own();
  expect(note?.body).toContain("told <b>in</b> plain text");
  expect(note?.title).toBe(one.title);
  await mute(false);
  // A muted chat is archived all the same.
  await untilArchived(archive, other, [muted]);
});

test("a chat is muted and heard again from its menus", async ({ archive, isMobile }) => {
  test.skip(isMobile, "one user: both sizes at once would undo each other");
  const { one } = await twoChats(archive);
  const muted = async () => {
    const { chats } = await (await archive.request.get("/api/v1/push/mutes")).json();
    return chats.some((c: { chat: number }) => c.chat === one.id);
  };
  await archive.goto(one.path);
  await archive.getByRole("button", { name: "More", exact: true }).click();
  await archive.getByRole("menuitem", { name: "Mute notifications" }).click();
  await expect.poll(muted).toBe(true);
  const row = archive.getByRole("list", { name: "Chats" }).locator(`a[href="${one.path}"]`);
  await expect(row.getByRole("img", { name: "Muted" })).toBeVisible();
  await archive.reload();
  await expect(row.getByRole("img", { name: "Muted" })).toBeVisible();
  await row.click({ button: "right" });
  await archive.getByRole("menuitem", { name: "Unmute notifications" }).click();
  await expect(row.getByRole("img", { name: "Muted" })).toHaveCount(0);
  await expect.poll(muted).toBe(false);
});

/** The page's words about push, with what stands against it. */
async function said(page: Page, words: RegExp) {
  await page.goto("/settings");
  await expect(page.getByText(words)).toBeVisible();
  await expect(page.getByLabel(/Push to this device/)).toBeDisabled();
}

test("what stands against notifications is said, with the way out", async ({ archive }) => {
  const answer = async (change: object) =>
    archive.route("**/api/v1/session", async (route) => {
      const answered = await route.fetch();
      await route.fulfill({ response: answered, json: { ...(await answered.json()), ...change } });
    });
  await answer({ push: "basic" });
  await said(archive, /PUSH_NOTIFICATIONS=full/);
  await expect(archive.getByLabel(/in the background/)).toBeEnabled();
  await archive.unroute("**/api/v1/session");

  await answer({ push: "off" });
  await archive.goto("/settings");
  await expect(archive.getByText(/switched off in the archive/)).toBeVisible();
  await expect(archive.getByLabel(/Push to this device|in the background/)).toHaveCount(0);
  await archive.unroute("**/api/v1/session");

  await answer({ push: "full", anonymous: true });
  await said(archive, /Log in first/);
  await archive.unroute("**/api/v1/session");

  await answer({ push: "full" });
  const cdp = await archive.context().newCDPSession(archive);
  const { browserContextId } = (await cdp.send("Target.getTargetInfo")).targetInfo;
  const setting = (value: "denied" | "granted") =>
    cdp.send("Browser.setPermission", {
      ...(browserContextId ? { browserContextId } : {}),
      permission: { name: "notifications" },
      setting: value,
      origin: new URL(archive.url()).origin,
    });
  await archive.goto("/settings");
  await expect(archive.getByLabel(/Push to this device/)).toBeEnabled();
  await setting("denied");
  await said(archive, /has blocked notifications.*allow/);
  await expect(archive.getByLabel(/in the background/)).toBeDisabled();
  // The way out needs no new page.
  await setting("granted");
  await expect(archive.getByLabel(/Push to this device/)).toBeEnabled();

  // What a browser without a vendor's push service does.
  await archive.getByLabel(/Push to this device/).click();
  await expect(archive.getByText(/could not be registered: the push service of this browser/)).toBeVisible();
  await expect(archive.getByLabel(/Push to this device/)).not.toBeChecked();

  await archive.addInitScript(() => Object.defineProperty(window, "isSecureContext", { value: false }));
  await said(archive, /https:\/\/ or on localhost/);
});

test("this device is registered, again after a log-in, and not after a log-out", async ({
  browser,
  baseURL,
  storageState,
  isMobile,
  playwright,
}) => {
  test.skip(isMobile, "the same in both sizes, and log-ins are limited");
  const watch = await playwright.request.newContext({ baseURL: baseURL ?? "", storageState });
  const endpoints = async (): Promise<string[]> => {
    const { subscriptions } = await (await watch.get("/api/v1/push/subscriptions")).json();
    return subscriptions.map((s: { endpoint: string }) => s.endpoint);
  };
  const { key } = await (await watch.get("/api/v1/push/key")).json();
  expect(key, "this needs an archive with PUSH_NOTIFICATIONS=full").toBeTruthy();
  const context = await browser.newContext({
    permissions: ["notifications"],
    storageState: { cookies: [], origins: [] },
  });
  const page = await context.newPage();
  const mine = `https://push.example/${Date.now()}`;
  await page.addInitScript(mockSubscribe, mine);
  const posted: { endpoint: string; keys: object }[] = [];
  page.on("request", (r) => {
    if (r.method() === "POST" && r.url().endsWith("/push/subscriptions")) posted.push(r.postDataJSON());
  });
  const logIn = async () => {
    await page.getByLabel("Name").fill(process.env.VIEWER_USERNAME ?? "admin");
    await page.getByLabel("Password").fill(process.env.VIEWER_PASSWORD ?? "");
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByRole("navigation", { name: "Chats" })).toBeVisible();
  };
  await page.goto("/settings");
  await logIn();
  const device = page.getByLabel(/Push to this device/);
  await device.check();
  await expect(page.getByText("This device is told of new messages.")).toBeVisible();
  expect(await endpoints()).toContain(mine);
  expect(posted).toEqual([{ endpoint: mine, keys: KEYS }]);
  const asked = await page.evaluate(() => JSON.parse(localStorage.getItem("mock-asked") ?? "null"));
  expect(asked).toEqual({ userVisibleOnly: true, key });

  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByLabel("Password")).toBeVisible();
  expect(await endpoints()).not.toContain(mine);
  expect(await page.evaluate(() => localStorage.getItem("mock-subscribed"))).toBeNull();

  await logIn();
  await expect.poll(endpoints).toContain(mine);
  await page.goto("/settings");
  await expect(device).toBeChecked();
  // A new page tells it again: the archive may have forgotten it.
  await expect(page.getByText("This device is told of new messages.")).toBeVisible();
  expect(posted.length).toBeGreaterThanOrEqual(3);

  await changes(page, `${mine}/changed`);
  await expect.poll(endpoints).toContain(`${mine}/changed`);

  await device.uncheck();
  await expect.poll(endpoints).not.toContain(mine);
  for (const s of (await (await watch.get("/api/v1/push/subscriptions")).json()).subscriptions)
    if (s.endpoint.startsWith(mine))
      await watch.delete(`/api/v1/push/subscriptions/${s.id}`, { headers: { Origin: baseURL ?? "" } });
  await watch.dispose();
  await context.close();
});

/** The browser gives this device another address while no page is there to see. */
async function changes(page: Page, endpoint: string) {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await worker(page).evaluate(
    ([address, keys]) => {
      const scope = self as unknown as ServiceWorkerGlobalScope;
      scope.registration.pushManager.subscribe = async (options) => {
        const subscription = { endpoint: address, keys, options };
        return { toJSON: () => subscription } as unknown as PushSubscription;
      };
    },
    [endpoint, KEYS] as const,
  );
  await dispatch(page, "pushsubscriptionchange");
}

test("this device is told of the chats that are chosen for it", async ({
  browser,
  storageState,
  isMobile,
}) => {
  test.skip(isMobile, "the same in both sizes");
  const { news, weather } = CHATS;
  const context = await browser.newContext({ permissions: ["notifications"], storageState });
  const page = await context.newPage();
  const mine = `https://push.example/${Date.now()}-chosen`;
  await page.addInitScript(mockSubscribe, mine);
  type Subscription = { id: number; endpoint: string; chats: { account: number; chat: number }[] | null };
  const told = async (endpoint = mine) => {
    const { subscriptions } = await (await page.request.get("/api/v1/push/subscriptions")).json();
    return (subscriptions as Subscription[]).find((x) => x.endpoint === endpoint)?.chats;
  };
  const of = (...chats: { id: number }[]) => chats.map((c) => ({ account: 1, chat: c.id }));

  await page.goto("/settings");
  const device = page.getByLabel(/Push to this device/);
  const chosen = page.getByRole("radio", { name: "Chosen chats" });
  const all = page.getByRole("radio", { name: "All chats" });
  const box = (chat: { title: string }) => page.getByRole("checkbox", { name: chat.title });
  await expect(chosen).toHaveCount(0);
  await device.check();
  await expect(all).toBeChecked();
  await expect.poll(() => told()).toBeNull();

  await chosen.check();
  await expect(page.getByText("All chats push until one is chosen.")).toBeVisible();
  await page.getByRole("searchbox", { name: "Search chats" }).fill(news.title.slice(0, 5));
  await box(news).check();
  await expect.poll(() => told()).toEqual(of(news));
  // None would be no subscription.
  await expect(box(news)).toBeDisabled();
  await page.getByRole("searchbox", { name: "Search chats" }).fill("");
  await box(weather).check();
  await expect(page.getByText("2 chats are chosen.")).toBeVisible();
  await expect.poll(async () => (await told())?.length).toBe(2);
  await box(news).uncheck();
  await expect.poll(() => told()).toEqual(of(weather));
  await expect(box(weather)).toBeDisabled();

  // A new page tells it again, and so does the worker when no page is there.
  await page.reload();
  await expect(chosen).toBeChecked();
  await expect(box(weather)).toBeChecked();
  await expect(page.getByText("This device is told of new messages.")).toBeVisible();
  expect(await told()).toEqual(of(weather));
  await changes(page, `${mine}/changed`);
  await expect.poll(() => told(`${mine}/changed`)).toEqual(of(weather));

  // A chat that the user may not see any more does not end what is told of the others.
  await page.evaluate(() => {
    const kept = JSON.parse(localStorage.getItem("pushChats") ?? "null");
    kept.chats.push({ account: 1, chat: -1009999999999 });
    localStorage.setItem("pushChats", JSON.stringify(kept));
  });
  await page.reload();
  await expect(page.getByText("1 chat is chosen.")).toBeVisible();
  await expect(page.getByText("This device is told of new messages.")).toBeVisible();

  await all.check();
  await expect.poll(() => told()).toBeNull();
  await device.uncheck();
  await expect.poll(() => told()).toBeUndefined();
  const { subscriptions } = await (await page.request.get("/api/v1/push/subscriptions")).json();
  const headers = { Origin: new URL(page.url()).origin };
  for (const s of (subscriptions as Subscription[]).filter((x) => x.endpoint.startsWith(mine)))
    await page.request.delete(`/api/v1/push/subscriptions/${s.id}`, { headers });
  await context.close();
});

/** Of a browser that nobody can decrypt for: the curve's base point. */
const KEYS = {
  p256dh: "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
};

/** The browser's part that needs its vendor's push service. */
function mockSubscribe(endpoint: string) {
  const keys = {
    p256dh: "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
  };
  const subscription = () => {
    const asked = JSON.parse(localStorage.getItem("mock-asked") ?? "{}");
    const bytes = atob(String(asked.key).replaceAll("-", "+").replaceAll("_", "/"));
    return {
      endpoint,
      options: { applicationServerKey: Uint8Array.from(bytes, (c) => c.charCodeAt(0)).buffer },
      toJSON: () => ({ endpoint, expirationTime: null, keys }),
      unsubscribe: async () => {
        localStorage.removeItem("mock-subscribed");
        return true;
      },
    } as unknown as PushSubscription;
  };
  PushManager.prototype.getSubscription = async () =>
    localStorage.getItem("mock-subscribed") ? subscription() : null;
  PushManager.prototype.subscribe = async (options) => {
    const key = btoa(String.fromCharCode(...new Uint8Array(options?.applicationServerKey as ArrayBuffer)));
    const asked = {
      userVisibleOnly: options?.userVisibleOnly,
      key: key.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""),
    };
    localStorage.setItem("mock-asked", JSON.stringify(asked));
    localStorage.setItem("mock-subscribed", "yes");
    return subscription();
  };
}

test("it can be installed", async ({ archive }) => {
  const cdp = await archive.context().newCDPSession(archive);
  await pushes(archive);
  const { installabilityErrors } = await cdp.send("Page.getInstallabilityErrors");
  // Playwright's contexts are private windows, in which nothing is installed.
  expect(installabilityErrors.map((e) => e.errorId).filter((id) => id !== "in-incognito")).toEqual([]);
  const { errors } = await cdp.send("Page.getAppManifest");
  expect(errors).toEqual([]);
  const icons = await archive.evaluate(async () => {
    const manifest = await (await fetch("/manifest.webmanifest")).json();
    return Promise.all(
      manifest.icons.map(async (icon: { src: string; sizes: string; purpose?: string }) => {
        const image = new Image();
        image.src = icon.src;
        await image.decode();
        return { ...icon, real: `${image.naturalWidth}x${image.naturalHeight}` };
      }),
    );
  });
  for (const icon of icons) if (icon.sizes !== "any") expect(icon.real).toBe(icon.sizes);
  const sizes = (purpose: string) =>
    icons.filter((i) => (i.purpose ?? "any") === purpose).map((i) => i.sizes);
  expect(sizes("any")).toEqual(expect.arrayContaining(["192x192", "512x512"]));
  expect(sizes("maskable")).toContain("512x512");
});

/** The archive behind an address of its own, at which it can be away. */
async function detour(
  base: string,
): Promise<{ address: string; away: () => Promise<void>; back: () => Promise<void> }> {
  const target = new URL(base);
  let server: Server;
  let port = 0;
  const back = async () => {
    server = createServer((asked, answer) => {
      const { hostname, port: to } = target;
      const onward = forward({
        hostname,
        port: to,
        method: asked.method,
        path: asked.url,
        headers: asked.headers,
      });
      onward.on("response", (r) => {
        answer.writeHead(r.statusCode ?? 502, r.headers);
        r.pipe(answer);
      });
      onward.on("error", () => answer.destroy());
      answer.on("close", () => onward.destroy());
      asked.pipe(onward);
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  };
  const away = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  await back();
  return { address: `http://127.0.0.1:${port}`, away, back };
}

test("without the server there is still a page, which says so and comes back", async ({
  browser,
  baseURL,
  storageState,
}) => {
  const archive = await detour(baseURL ?? "");
  const context = await browser.newContext({ storageState, locale: "es-ES" });
  const page = await context.newPage();
  await page.goto(`${archive.address}/settings`);
  await expect(page.getByRole("heading", { level: 1, name: "Ajustes" })).toBeVisible();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await archive.away();
  await page.reload();
  await expect(page.getByText(/^El archivo no/)).toBeVisible();
  await archive.back();
  await page.getByRole("button", { name: "Reintentar" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Ajustes" })).toBeVisible();
  await context.close();
  await archive.away();
});
