import type { Page } from "@playwright/test";
import type { Chat, Session } from "../src/api/types";
import { CHATS } from "./telegram";
import { ask, expect, message, messages, once, test } from "./world";

/** The world has one account. A second one, which is in the same chats, is made of its answers. */

const { news } = CHATS;
const THEIRS = "as Second has it";

/** What is asked about accounts, from here on. */
async function second(page: Page): Promise<string[]> {
  const asked: string[] = [];
  page.on("request", (r) => {
    const path = new URL(r.url()).pathname;
    if (/\/accounts\/\d+\//.test(path)) asked.push(path);
  });
  await page.route(/\/api\/v1\/session$/, async (route) => {
    const answer = await route.fetch();
    const session = (await answer.json()) as Session;
    const accounts = session.accounts.flatMap((a) => [a, { ...a, id: 2, name: "Second" }]);
    await route.fulfill({ response: answer, json: { ...session, accounts } });
  });
  await page.route(/\/accounts\/2\//, async (route) => {
    const answer = await route.fetch({ url: route.request().url().replace("/accounts/2/", "/accounts/1/") });
    if (!answer.headers()["content-type"]?.includes("json")) return route.fulfill({ response: answer });
    const body = (await answer.text())
      .replaceAll('"account":1,', '"account":2,')
      .replaceAll("/accounts/1/", "/accounts/2/")
      .replaceAll(`"title":"${news.title}"`, `"title":"${news.title} ${THEIRS}"`);
    await route.fulfill({ response: answer, body });
  });
  return asked;
}

// Pictures may still be on their way.
test.afterEach(({ archive }) => archive.unrouteAll({ behavior: "ignoreErrors" }));

test.beforeEach(({ isMobile }) => once(isMobile));

test("the address says whose chat it is, whatever account was looked at before", async ({
  archive,
  isMobile,
}) => {
  const asked = await second(archive);
  await archive.goto(`/c/2/${news.id}`);
  await expect(archive.getByRole("heading", { level: 1 })).toContainText(THEIRS);
  await expect(messages(archive).first()).toBeVisible();
  await archive.locator("#messages").evaluate((e) => e.scrollTo({ top: 0 }));
  await expect.poll(() => asked.filter((path) => path.endsWith("/messages")).length).toBeGreaterThan(1);
  await expect(archive.getByText(/^Pinned message/).first()).toBeVisible();
  expect(asked.filter((path) => !path.startsWith("/api/v1/accounts/2/"))).toEqual([]);
  if (isMobile) return;
  // The list beside it is of the same account, and stays so when the chat is left.
  await expect(archive.getByRole("combobox", { name: "Account" })).toHaveValue("2");
  const list = archive.getByRole("list", { name: "Chats" });
  await expect(list.getByRole("link").first()).toBeVisible();
  const links = await list
    .getByRole("link")
    .evaluateAll((all) => all.map((l) => l.getAttribute("href") ?? ""));
  expect(links.filter((href) => !href.startsWith("/c/2/"))).toEqual([]);
});

test("a picture of another account's chat leads to its message there", async ({ archive, isMobile }) => {
  test.skip(isMobile, "the same at both sizes");
  const found = await ask<{ hits: { id: number }[] }>(archive, `search?q=has:photo&chat=${news.id}&limit=1`);
  const id = found.hits[0]?.id ?? 0;
  await second(archive);
  await archive.goto(`/c/2/${news.id}/${id}`);
  await message(archive, id).getByRole("button", { name: "Open Photo" }).first().click();
  await archive
    .getByRole("dialog", { name: "Viewer" })
    .getByRole("button", { name: "Go to message" })
    .click();
  await expect(archive).toHaveURL(new RegExp(`/c/2/${news.id}/\\d+$`));
});

test("who chooses another account leaves the chat, and the folder that was chosen", async ({
  archive,
  isMobile,
}) => {
  await second(archive);
  await archive.route(/\/folders$/, (route) =>
    route.fulfill({ json: { folders: [{ id: 2, title: "Papers", emoticon: null }] } }),
  );
  await archive.route(/\/chats\?(.*&)?folder=2(&|$)/, async (route) => {
    const answer = await route.fetch({
      url: route
        .request()
        .url()
        .replace(/folder=2&?/, ""),
    });
    const page = (await answer.json()) as { chats: Chat[]; next: string | null };
    await route.fulfill({ json: { chats: page.chats.filter((c) => c.id === news.id), next: null } });
  });
  await archive.goto(isMobile ? "/" : `/c/1/${news.id}`);
  const rows = archive.getByRole("list", { name: "Chats" }).getByRole("link");
  const folders = archive.getByRole("navigation", { name: "Folders" });
  await folders.getByRole("button", { name: "Papers" }).click();
  await expect(rows).toHaveCount(1);
  await archive.getByRole("combobox", { name: "Account" }).selectOption("Second");
  await expect(folders.getByRole("button", { name: "All" })).toHaveAttribute("aria-pressed", "true");
  await expect.poll(() => rows.count()).toBeGreaterThan(1);
  await expect(rows.first()).toHaveAttribute("href", /^\/c\/2\//);
  await expect(archive).toHaveURL("/");
});
