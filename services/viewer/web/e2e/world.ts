import { type APIRequestContext, test as base, expect, type Page } from "@playwright/test";
import type { Message, MessageWindow } from "../src/api/types";
import { found } from "./telegram";

type State = Awaited<ReturnType<APIRequestContext["storageState"]>>;
const NOBODY: State = { cookies: [], origins: [] };

/** The archive has one account. */
const ACCOUNT = 1;

/**
 * `archive` is a page that is logged in, `visitor` one that is not; both fail the test on any error, on what the content
 * security policy refuses, and on a request to another host. What happens on Telegram is in `telegram.ts`.
 */
export const test = base.extend<{ archive: Page; visitor: Page }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names out of a pattern
  storageState: async ({}, use) => use(JSON.parse(process.env.VIEWER_STATE ?? "{}") as State),
  archive: async ({ page, baseURL }, use) => {
    const problems = watch(page, baseURL);
    await page.goto("/");
    await expect(page.getByRole("navigation", { name: "Chats" })).toBeVisible();
    await use(page);
    expect(problems).toEqual([]);
  },
  visitor: async ({ browser, baseURL }, use) => {
    const context = await browser.newContext({ storageState: NOBODY });
    const page = await context.newPage();
    const problems = watch(page, baseURL);
    await use(page);
    await context.close();
    expect(problems).toEqual([]);
  },
});

export function watch(page: Page, baseURL: string | undefined): string[] {
  const problems: string[] = [];
  page.on("pageerror", (e) => problems.push(String(e)));
  page.on("console", (m) => {
    if (m.type() === "error" && /Content Security Policy|Refused to/.test(m.text())) problems.push(m.text());
  });
  page.on("request", (r) => {
    const url = new URL(r.url());
    if (/^https?:$/.test(url.protocol) && url.origin !== new URL(baseURL ?? "").origin)
      problems.push(r.url());
  });
  return problems;
}

/** Fills the form of the archive's own log-in. */
export async function logIn(page: Page, name: string, password: string) {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** The address of a chat, or of a message in it. */
export const chatPath = (chat: { id: number }, message?: number) =>
  `/c/${ACCOUNT}/${chat.id}${message === undefined ? "" : `/${message}`}`;

/** Goes to a chat by its address and waits for its messages. */
export async function goToChat(page: Page, chat: { id: number }, message?: number) {
  await page.goto(chatPath(chat, message));
  await expect(messages(page).first()).toBeVisible();
}

/** Asks the API as the page's user; `path` begins behind the account. */
export async function ask<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(`/api/v1/accounts/${ACCOUNT}/${path}`);
  expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
  return (await answer.json()) as T;
}

/** Messages of a chat, as the archive has them; those it does not have are not there. */
export const archived = async (page: Page, chat: { id: number }, ids: number[]): Promise<Message[]> =>
  (await ask<{ messages: Message[] }>(page, `chats/${chat.id}/messages/by-id?ids=${ids.join(",")}`)).messages;

/** Waits until the archive has them. */
export const untilArchived = (page: Page, chat: { id: number }, ids: number[]) =>
  expect.poll(async () => (await archived(page, chat, ids)).length, { timeout: 30_000 }).toBe(ids.length);

/** A group of the test's own, which the archive knows. */
export async function newGroup(page: Page, title: string) {
  const chat = await found(title);
  const known = async () => (await page.request.get(`/api/v1/accounts/${ACCOUNT}/chats/${chat.id}`)).ok();
  await expect.poll(known, { timeout: 30_000 }).toBe(true);
  return chat;
}

/** The messages around one, oldest first. */
export const around = async (page: Page, chat: { id: number }, id: number): Promise<Message[]> =>
  (await ask<MessageWindow>(page, `chats/${chat.id}/messages?around=${id}&limit=60`)).messages;

/** Opens a chat of the list by its title, however far down it stands: what is not in view is not in the page. */
export async function openChat(page: Page, title: string) {
  const list = page.getByRole("list", { name: "Chats" });
  const row = list.getByRole("link", { name: title }).first();
  await expect(async () => {
    if (!(await row.isVisible()))
      await list.evaluate((element) => {
        let scroller: Element | null = element;
        while (scroller && scroller.scrollHeight <= scroller.clientHeight) scroller = scroller.parentElement;
        const before = scroller?.scrollTop;
        scroller?.scrollBy(0, 300);
        // Where the list stood when it was left may be below the row: from the top again.
        if (scroller?.scrollTop === before) scroller?.scrollTo(0, 0);
      });
    await expect(row).toBeVisible({ timeout: 1000 });
  }).toPass();
  await row.click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
  await expect(messages(page).first()).toBeVisible();
}

/** The menu of the left column, which a narrow page shows beside no chat. */
export async function openMenu(page: Page, item: string) {
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** The entries of the chat that is open. */
export const messages = (page: Page) => page.getByRole("list", { name: "Messages" }).locator("[data-ids]");

export const message = (page: Page, id: number) => page.locator(`#messages [data-ids~="${id}"]`);

/** Where the first entry below the upper edge stands: what must not move while one reads. */
export async function readingPlace(page: Page): Promise<{ key: string; top: number }> {
  return page.locator("#messages").evaluate((scroller) => {
    const edge = scroller.getBoundingClientRect().top + 100;
    const entries = [...scroller.querySelectorAll<HTMLElement>("[data-key]")];
    // One that fills the view may be the only one.
    const entry = entries.find((e) => e.getBoundingClientRect().top > edge) ?? entries.at(-1);
    return { key: entry?.dataset.key ?? "", top: entry?.getBoundingClientRect().top ?? Number.NaN };
  });
}

export const topOf = (page: Page, key: string) =>
  page.locator(`#messages [data-key="${key}"]`).evaluate((e) => e.getBoundingClientRect().top);

/** The reading place once nothing moves any more. */
export async function restingPlace(page: Page): Promise<{ key: string; top: number }> {
  let before = await readingPlace(page);
  await expect
    .poll(
      async () => {
        const now = await readingPlace(page);
        const rests = now.key === before.key && Math.abs(now.top - before.top) < 0.5;
        before = now;
        return rests;
      },
      { intervals: [300] },
    )
    .toBe(true);
  return before;
}

/** When what opens is open. */
export async function atRest(page: Page) {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((a) => a.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY)
        .map((a) => a.finished),
    ),
  );
}

/** `make e2e` runs everything at both sizes; what a size changes nothing of runs at one of them otherwise. */
export const ALL = process.env.E2E === "all";

/** For what is the same at both sizes. */
export const once = (isMobile: boolean) => test.skip(isMobile && !ALL, "the same at both sizes");

export { expect };
