import type { APIRequestContext, Locator, Page } from "@playwright/test";
import type { Chat, Message, MessageWindow } from "../src/api/types";
import { CHATS } from "./telegram";
import { test as base, chatPath, expect, message, watch } from "./world";

/** Chats that no other spec changes: kinds.spec.ts edits and deletes in the first, accessibility.spec.ts attacks the second. */
export const OWN = {
  saved: { id: 1_000_001, title: "Saved Messages" },
  bot: { id: 7_400_000_031, title: "Tide Bot" },
};

/** The topic of the demo in which every kind of message stands once. Nobody changes it. */
export type Showcase = {
  messages: Message[];
  /** The first message of which this holds. */
  find: (wanted: (m: Message) => boolean, what?: string) => Message;
  /** The one that begins with these words. */
  said: (beginning: string) => Message;
};

/** How long the archive may take to read the topic and to fetch its files. */
const PATIENCE = 120_000;
const LAST = "That is all there is";

async function ask<T>(request: APIRequestContext, path: string): Promise<T> {
  const answer = await request.get(`/api/v1/accounts/1/chats/${CHATS.lantern.id}/${path}`);
  expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
  return (await answer.json()) as T;
}

async function everything(request: APIRequestContext): Promise<Message[]> {
  const { topics } = await ask<{ topics: Chat[] }>(request, "topics");
  const topic = topics.find((t) => t.title === "Formatting tests")?.id ?? 0;
  const all: Message[] = [];
  for (;;) {
    const after = all.at(-1)?.id ?? 0;
    const page = await ask<MessageWindow>(request, `messages?topic=${topic}&after=${after}&limit=100`);
    all.push(...page.messages);
    if (!page.has_newer || page.messages.length === 0) return all;
  }
}

export const test = base.extend<object, { showcase: Showcase }>({
  showcase: [
    async ({ playwright }, use) => {
      const request = await playwright.request.newContext({
        baseURL: process.env.BASE_URL ?? "http://127.0.0.1:8000",
        storageState: JSON.parse(process.env.VIEWER_STATE ?? "{}"),
      });
      let messages: Message[] = [];
      const missing = async () => {
        messages = await everything(request);
        const waiting = messages.flatMap((m) => m.media).filter((f) => f.state === "wanted");
        return messages.some((m) => m.text === LAST) ? waiting.length : -1;
      };
      await expect
        .poll(missing, { timeout: PATIENCE, message: "the showcase is archived, with its files" })
        .toBe(0);
      const find = (wanted: (m: Message) => boolean, what = "message") => {
        const found = messages.find(wanted);
        if (!found) throw new Error(`no such ${what} in the showcase`);
        return found;
      };
      await use({
        messages,
        find,
        said: (beginning) => find((m) => m.text.startsWith(beginning), beginning),
      });
      await request.dispose();
    },
    { scope: "worker", timeout: PATIENCE + 30_000 },
  ],
});

/**
 * Tests that only look: all of a worker have one page, for opening it costs more than looking at a message. What a test
 * leaves open costs the next one a new page; a test that fails ends its worker, and the page with it.
 */
export const look = test.extend<object, { desk: { page: Page; problems: string[] } }>({
  desk: [
    async ({ browser }, use, { project }) => {
      const { baseURL, locale, viewport, hasTouch, isMobile } = project.use;
      const context = await browser.newContext({
        ...{ baseURL, locale, viewport, hasTouch, isMobile },
        storageState: JSON.parse(process.env.VIEWER_STATE ?? "{}"),
        serviceWorkers: "block",
      });
      const page = await context.newPage();
      const problems = watch(page, baseURL);
      await page.goto("/");
      await use({ page, problems });
      await context.close();
    },
    { scope: "worker" },
  ],
  archive: async ({ desk: { page, problems } }, use) => {
    problems.length = 0;
    await use(page);
    const open = page
      .getByRole("dialog")
      .or(page.getByRole("menu"))
      .or(page.getByRole("complementary"))
      .or(page.getByRole("region", { name: "Player" }));
    if ((await open.count()) > 0 || (await page.context().pages()).length > 1) await page.goto("/");
    else await follow(page, "/");
    expect(problems).toEqual([]);
  },
});

/** As "back" goes to an address: without loading the page. */
const follow = (page: Page, path: string) =>
  page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);

/** Opens a message by its link: its entry in the page, in view. */
export async function at(page: Page, m: Message): Promise<Locator> {
  await follow(page, chatPath(CHATS.lantern, m.id));
  const entry = message(page, m.id);
  await expect(entry).toBeInViewport();
  return entry;
}

/** A computed style. */
export const css = (e: Locator, name: string) =>
  e.evaluate((el, n) => getComputedStyle(el).getPropertyValue(n), name);

export const box = async (e: Locator) => {
  const found = await e.boundingBox();
  if (!found) throw new Error("not in the page");
  return found;
};

/** Red, green, blue and alpha of a computed colour. */
export async function colour(e: Locator, name: string): Promise<number[]> {
  return e.evaluate((el, n) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    if (!canvas) return [];
    canvas.fillStyle = getComputedStyle(el).getPropertyValue(n);
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  }, name);
}

/** Waits until a picture is decoded, and gives its own size. */
export async function decoded(img: Locator): Promise<{ width: number; height: number }> {
  await expect
    .poll(() => img.evaluate((e: HTMLImageElement) => e.complete && e.naturalWidth))
    .toBeGreaterThan(0);
  return img.evaluate((e: HTMLImageElement) => ({ width: e.naturalWidth, height: e.naturalHeight }));
}

/** What a video or canvas shows now: how much of it is opaque, see-through, and how many colours there are. */
export const painted = (e: Locator) =>
  e.evaluate((el) => {
    const [w, h] = [64, 64];
    const context = new OffscreenCanvas(w, h).getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no canvas");
    context.drawImage(el as HTMLVideoElement | HTMLCanvasElement, 0, 0, w, h);
    const { data } = context.getImageData(0, 0, w, h);
    const colours = new Set<number>();
    let [clear, solid, sum] = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) {
      const [r = 0, g = 0, b = 0, a = 0] = data.subarray(i, i + 4);
      if (a < 8) clear += 1;
      if (a > 247) solid += 1;
      if (a > 127) colours.add(((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4));
      sum = (sum * 31 + r + 3 * g + 7 * b + 11 * a) >>> 0;
    }
    return { clear: clear / (w * h), solid: solid / (w * h), colours: colours.size, sum };
  });

export const played = (e: Locator) =>
  e.evaluate((v: HTMLVideoElement) => ({
    time: v.currentTime,
    paused: v.paused,
    muted: v.muted,
    ready: v.readyState,
    duration: v.duration,
    width: v.videoWidth,
    height: v.videoHeight,
  }));

export { expect };
