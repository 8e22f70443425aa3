import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import type { Chat, Incident, Message } from "../src/api/types";
import { at, expect, OWN, test } from "./showcase";
import { CHATS, post, remove, unique } from "./telegram";
import {
  ALL,
  archived,
  ask,
  atRest,
  chatPath,
  goToChat,
  messages,
  once,
  openMenu,
  untilArchived,
} from "./world";

/** Nothing serious or critical on any page and in anything that opens over one, in either theme and size. */

const WAIT = { timeout: 60_000 };

const THEMES = ALL ? (["light", "dark"] as const) : (["light"] as const);

for (const theme of THEMES) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });
    test.beforeEach(({ isMobile }) => once(isMobile));

    test("the log-in page", async ({ visitor }) => {
      await visitor.goto("/");
      await expect(visitor.getByRole("heading", { name: "Telegram Archive" })).toBeVisible();
      await check(visitor);
    });

    for (const path of ["/", "/status", "/account", "/settings", "/nowhere"])
      test(`the page ${path}`, async ({ archive }) => {
        await archive.goto(path);
        await check(archive);
      });

    test("incidents, one of them open, its messages and its question", async ({ archive }) => {
      await openIncident(archive);
      await archive.goto("/incidents");
      const incident = archive
        .getByRole("article")
        .filter({ has: archive.getByText("Let through") })
        .first();
      await incident.getByRole("button", { name: "Show the messages" }).click();
      await expect(incident.getByRole("listitem").first()).toBeVisible();
      await check(archive);
      await incident.getByRole("button", { name: "Let through" }).click();
      await expect(archive.getByRole("dialog")).toBeVisible();
      await check(archive);
    });

    test("a chat of each kind, or every chat", async ({ archive }) => {
      test.slow();
      const { chats } = await ask<{ chats: Chat[] }>(archive, "chats?limit=100");
      expect(chats.length).toBeGreaterThan(10);
      const kinds = new Map(chats.map((c) => [c.kind, c]));
      expect(kinds.size).toBeGreaterThan(3);
      for (const chat of ALL ? chats : kinds.values()) {
        await goToChat(archive, chat);
        await check(archive);
      }
    });

    test("every kind of message", async ({ archive, showcase }) => {
      test.slow();
      // Each window holds some twenty-five, and more as soon as they are shown.
      for (let i = 0; i < showcase.messages.length; i += 20) {
        await at(archive, showcase.messages[i] as Message);
        await check(archive);
      }
    });

    test("the lightbox", async ({ archive, showcase }) => {
      const entry = await at(archive, showcase.said("Six"));
      await entry.getByRole("button", { name: "Open Photo" }).first().click();
      await expect(archive.getByRole("dialog", { name: "Viewer" })).toBeVisible();
      await check(archive);
    });

    test("search in a chat and over all", async ({ archive, isMobile }) => {
      await archive.goto(`${chatPath(CHATS.lantern)}?q=tile`);
      await expect(archive.locator("mark").first()).toBeVisible();
      await check(archive);
      if (isMobile) await archive.goto("/");
      await archive.getByRole("searchbox", { name: "Search", exact: true }).fill("the");
      await expect(archive.getByRole("heading", { name: "Messages", exact: true })).toBeVisible();
      await check(archive);
    });

    test("the calendar", async ({ archive }) => {
      await goToChat(archive, CHATS.news);
      await archive.getByRole("button", { name: "Go to date" }).click();
      await expect(archive.getByRole("dialog", { name: "Go to date" })).toBeVisible();
      await check(archive);
    });

    test("edit history, and what was deleted", async ({ archive, showcase }) => {
      const edited = showcase.said("a message with a");
      const entry = await at(archive, edited);
      await entry.getByRole("button", { name: "edited" }).click();
      await expect(archive.getByRole("heading", { name: "Edit history" })).toBeVisible();
      await expect(archive.getByText("As sent").or(archive.getByText("shown now")).first()).toBeVisible();
      await check(archive);
    });

    test("raw data", async ({ archive, showcase }) => {
      const entry = await at(
        archive,
        showcase.find((m) => m.kind === "invoice"),
      );
      await entry.getByRole("button", { name: "Raw data" }).click();
      await expect(archive.getByText(/^Layer/)).toBeVisible();
      await check(archive);
    });

    test("what is archived of a chat, with its shared media", async ({ archive }) => {
      await goToChat(archive, CHATS.news);
      await archive.getByRole("heading", { level: 1 }).getByRole("button").click();
      await expect(archive.getByRole("heading", { name: "What is archived" })).toBeVisible();
      await check(archive);
    });

    test("menus, the switcher and the list of keys", async ({ archive, isMobile }) => {
      await archive.getByRole("button", { name: "Menu" }).click();
      await expect(archive.getByRole("menu")).toBeVisible();
      await check(archive);
      await archive.keyboard.press("Escape");
      await openMenu(archive, "Keyboard shortcuts");
      await expect(archive.getByRole("dialog")).toBeVisible();
      await check(archive);
      await archive.keyboard.press("Escape");
      await archive.keyboard.press("Control+k");
      await expect(archive.getByRole("dialog", { name: "Go to chat" })).toBeVisible();
      await check(archive);
      await archive.keyboard.press("Escape");
      await goToChat(archive, CHATS.news);
      await messages(archive)
        .last()
        .click(isMobile ? {} : { button: "right" });
      if (!isMobile) {
        await expect(archive.getByRole("menu")).toBeVisible();
        await check(archive);
      }
    });

    test("the question before a link", async ({ archive, showcase }) => {
      const entry = await at(archive, showcase.said("Links: https"));
      await entry.getByRole("link", { name: "a named one" }).click();
      await expect(archive.getByRole("dialog")).toBeVisible();
      await check(archive);
    });
  });
}

test("the main pages in Arabic, from right to left", async ({ archive, isMobile }) => {
  test.skip(!isMobile && !ALL, "where there is least room");
  await archive.evaluate(() => localStorage.setItem("language", "ar"));
  for (const path of [
    "/",
    chatPath(CHATS.noor),
    "/status",
    "/account",
    "/incidents",
    "/settings",
    "/nowhere",
  ]) {
    await archive.goto(path);
    await expect(archive.locator("html")).toHaveAttribute("dir", "rtl");
    await expect(archive.getByRole("main")).toBeVisible({ visible: !isMobile || path !== "/" });
    await check(archive);
    // Nothing stands out on either side.
    const wide = await archive.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide, path).toBeLessThanOrEqual(0);
  }
});

test("what waits for a code", async ({ browser }, info) => {
  const addresses = (process.env.LOGIN_BASE_URLS ?? "").split(",").filter(Boolean);
  test.skip(addresses.length === 0, "no archive that is logged out");
  const own = addresses[info.project.name === "mobile" ? 1 : 0] ?? addresses[0];
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${own}/`);
  await page.getByLabel("Name").fill(process.env.VIEWER_USERNAME ?? "");
  await page.getByLabel("Password").fill(process.env.VIEWER_PASSWORD ?? "");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("button", { name: "Menu" })).toBeVisible();
  await page.goto(`${own}/account`);
  await expect(page.getByRole("heading", { name: /Log in/ }).first()).toBeVisible();
  await check(page);
  await context.close();
});

async function check(page: Page) {
  // What moves is judged when it rests: half a fade has no contrast.
  await expect(page.locator("[role=status] .spinner")).toHaveCount(0);
  await atRest(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes[0]?.html}`);
  expect(bad).toEqual([]);
}

/** One that nobody decides. */
async function openIncident(page: Page) {
  const open = async () => {
    const answer = await page.request.get("/api/v1/incidents?state=open");
    return ((await answer.json()) as { incidents: Incident[] }).incidents.length;
  };
  if ((await open()) > 0) return;
  const ids: number[] = [];
  for (let n = 0; n < 15; n++) ids.push(await post(OWN.bot, unique()));
  await untilArchived(page, OWN.bot, ids);
  await remove(OWN.bot, ids);
  await expect.poll(open, WAIT).toBeGreaterThan(0);
  expect((await archived(page, OWN.bot, ids)).length).toBe(ids.length);
}
