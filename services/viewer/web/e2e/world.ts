import { test as base, expect, type Page } from "@playwright/test";

/** A page that is logged in, and fails the test on any error, refused script or style, or request to another host. */
export const test = base.extend<{ archive: Page }>({
  archive: async ({ page, baseURL }, use) => {
    const problems: string[] = [];
    page.on("pageerror", (e) => problems.push(String(e)));
    page.on("console", (m) => {
      if (m.type() === "error" && /Content Security Policy|Refused to/.test(m.text()))
        problems.push(m.text());
    });
    page.on("request", (r) => {
      const url = new URL(r.url());
      if (/^https?:$/.test(url.protocol) && url.origin !== new URL(baseURL ?? "").origin)
        problems.push(r.url());
    });
    await page.goto("/");
    await logIn(page);
    await use(page);
    expect(problems).toEqual([]);
  },
});

/** Logs in where a log-in is asked for. */
export async function logIn(page: Page) {
  const chats = page.getByRole("navigation", { name: "Chats" });
  const name = page.getByLabel("Name", { exact: true });
  await expect(chats.or(name).first()).toBeVisible();
  if (await name.isVisible()) {
    await name.fill(process.env.VIEWER_USERNAME ?? "admin");
    await page.getByLabel("Password").fill(process.env.VIEWER_PASSWORD ?? "");
    await page.getByRole("button", { name: "Log in" }).click();
  }
  await expect(chats).toBeVisible();
}

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
