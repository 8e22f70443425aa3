import { test as base, expect, type Page } from "@playwright/test";

type State = Awaited<ReturnType<import("@playwright/test").APIRequestContext["storageState"]>>;
const BASE = process.env.BASE_URL ?? "http://127.0.0.1:8000";

/**
 * `archive` is a page that is logged in, and fails the test on any error, on what the content security policy refuses,
 * and on a request to another host. Each worker logs in once: attempts are limited.
 */
export const test = base.extend<{ archive: Page }, { session: State }>({
  session: [
    async ({ playwright }, use) => {
      const request = await playwright.request.newContext({
        baseURL: BASE,
        extraHTTPHeaders: { Origin: BASE },
      });
      if (!(await request.get("/api/v1/session")).ok()) {
        const answer = await request.post("/api/v1/session", {
          data: {
            name: process.env.VIEWER_USERNAME ?? "admin",
            password: process.env.VIEWER_PASSWORD ?? "",
          },
        });
        expect(answer.ok(), `log-in: ${answer.status()}`).toBe(true);
      }
      await use(await request.storageState());
      await request.dispose();
    },
    { scope: "worker" },
  ],
  storageState: async ({ session }, use) => use(session),
  archive: async ({ page }, use) => {
    const problems: string[] = [];
    page.on("pageerror", (e) => problems.push(String(e)));
    page.on("console", (m) => {
      if (m.type() === "error" && /Content Security Policy|Refused to/.test(m.text()))
        problems.push(m.text());
    });
    page.on("request", (r) => {
      const url = new URL(r.url());
      if (/^https?:$/.test(url.protocol) && url.origin !== new URL(BASE).origin) problems.push(r.url());
    });
    await page.goto("/");
    await expect(page.getByRole("navigation", { name: "Chats" })).toBeVisible();
    await use(page);
    expect(problems).toEqual([]);
  },
});

/** Opens a chat of the list by its title. */
export async function openChat(page: Page, title: string) {
  await page.getByRole("link", { name: title }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  await expect(messages(page).first()).toBeVisible();
}

/** The entries of the chat that is open. */
export const messages = (page: Page) => page.getByRole("list", { name: "Messages" }).locator("[data-ids]");

export const message = (page: Page, id: number) => page.locator(`#messages [data-ids~="${id}"]`);

/** Where the first entry below the upper edge stands: what must not move while one reads. */
export async function readingPlace(page: Page): Promise<{ key: string; top: number }> {
  return page.locator("#messages").evaluate((scroller) => {
    const edge = scroller.getBoundingClientRect().top + 100;
    const entry = [...scroller.querySelectorAll<HTMLElement>("[data-key]")].find(
      (e) => e.getBoundingClientRect().top > edge,
    );
    return { key: entry?.dataset.key ?? "", top: entry?.getBoundingClientRect().top ?? Number.NaN };
  });
}

export const topOf = (page: Page, key: string) =>
  page.locator(`#messages [data-key="${key}"]`).evaluate((e) => e.getBoundingClientRect().top);

export { expect };
