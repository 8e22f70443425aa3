import type { Page } from "@playwright/test";
import { expect, once, test } from "./world";

/** As after an upgrade: the parts that came with the old page are not there any more. */
async function upgraded(page: Page, part: RegExp) {
  const gone = { now: true };
  await page.route(part, (route) => (gone.now ? route.fulfill({ status: 404 }) : route.continue()));
  return () => {
    gone.now = false;
  };
}

const SETTINGS = /\/assets\/SettingsPage-.*\.js$/;

/** Not the page of `world.ts`, which no error may come from. */
test.beforeEach(({ isMobile }) => once(isMobile));
test.beforeEach(async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("navigation", { name: "Chats" })).toBeVisible();
});

const goToSettings = async (page: Page) => {
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
};

test("a page whose parts are gone becomes the new one by itself", async ({ page }) => {
  const back = await upgraded(page, SETTINGS);
  // The new page asks for parts that are there.
  page.on("request", (r) => r.isNavigationRequest() && back());
  await goToSettings(page);
  await expect(page.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
});

test("a part that stays away is told with the way out, and the rest of the page stays", async ({ page }) => {
  let pages = 0;
  page.on("request", (r) => {
    if (r.isNavigationRequest()) pages++;
  });
  const back = await upgraded(page, SETTINGS);
  await goToSettings(page);
  const told = page.getByRole("alert").filter({ hasText: "Something went wrong" });
  await expect(told).toContainText("tell who runs this archive: TypeError");
  expect(pages).toBe(1);
  await page.goBack();
  await expect(told).toHaveCount(0);
  await expect(page.getByRole("list", { name: "Chats" }).getByRole("link").first()).toBeVisible();
  await page.goForward();
  await expect(told).toBeVisible();
  back();
  await told.getByRole("button", { name: "Reload" }).click();
  await expect(page.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
});

test("without the archive nothing is reloaded", async ({ page }) => {
  await page.route(SETTINGS, (route) => route.abort());
  const root = (url: URL) => url.pathname === "/";
  await page.route(root, (route) => route.abort());
  await goToSettings(page);
  await expect(page.getByRole("alert").filter({ hasText: "Something went wrong" })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("list", { name: "Chats" }).getByRole("link").first()).toBeVisible();
});
