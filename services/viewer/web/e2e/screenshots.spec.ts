import type { Page } from "@playwright/test";
import type { Chat } from "../src/api/types";
import { at, expect, test } from "./showcase";
import { CHATS } from "./telegram";
import { ask, chatPath, goToChat, messages, openMenu } from "./world";

/** Every page and what opens over it in both themes and sizes, into an ignored folder: to be looked at. */
const folder = process.env.SCREENSHOTS;
test.skip(!folder, "SCREENSHOTS, the name of a folder, is not set");

for (const theme of ["light", "dark"] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });
    const taker = (page: Page, size: string) => async (name: string) => {
      await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => undefined);
      await page.screenshot({ path: `${folder}/${name}-${theme}-${size}.png` });
    };

    test("pages", async ({ archive, visitor }, info) => {
      const shot = taker(archive, info.project.name);
      await expect(archive.getByRole("list", { name: "Chats" }).getByRole("link").first()).toBeVisible();
      await shot("chats");
      for (const path of ["incidents", "status", "account", "settings", "nowhere"]) {
        await archive.goto(`/${path}`);
        await shot(path);
      }
      await visitor.goto("/");
      await expect(visitor.getByRole("button", { name: "Log in" })).toBeVisible();
      await visitor.screenshot({ path: `${folder}/login-${theme}-${info.project.name}.png` });
    });

    test("chats", async ({ archive }, info) => {
      test.slow();
      const shot = taker(archive, info.project.name);
      const { chats } = await ask<{ chats: Chat[] }>(archive, "chats?limit=100");
      for (const [i, chat] of chats.entries()) {
        await goToChat(archive, chat);
        await shot(`chat-${String(i).padStart(2, "0")}`);
      }
    });

    test("kinds", async ({ archive, showcase }, info) => {
      test.slow();
      const shot = taker(archive, info.project.name);
      for (let i = 0; i < showcase.messages.length; i += 6) {
        const m = showcase.messages[i];
        if (m) await at(archive, m);
        await shot(`kinds-${String(i).padStart(3, "0")}`);
      }
    });

    test("overlays", async ({ archive, showcase, isMobile }, info) => {
      test.slow();
      const shot = taker(archive, info.project.name);
      await archive.getByRole("button", { name: "Menu" }).click();
      await shot("menu");
      await archive.keyboard.press("Escape");
      await openMenu(archive, "Keyboard shortcuts");
      await shot("shortcuts");
      await archive.keyboard.press("Escape");
      await archive.keyboard.press("Control+k");
      await shot("switcher");
      await archive.keyboard.press("Escape");
      await archive.getByRole("searchbox", { name: "Search", exact: true }).fill("the");
      await expect(archive.locator("mark").first()).toBeVisible();
      await shot("search");
      await archive.goto(`${chatPath(CHATS.lantern)}?q=tile`);
      await expect(archive.locator("mark").first()).toBeVisible();
      await shot("chat-search");
      const album = await at(archive, showcase.said("Six"));
      await album.getByRole("button", { name: "Open Photo" }).first().click();
      await shot("lightbox");
      await goToChat(archive, CHATS.news);
      if (!isMobile) {
        await messages(archive).last().click({ button: "right" });
        await shot("message-menu");
        await archive.keyboard.press("Escape");
      }
      await archive.getByRole("button", { name: "Go to date" }).click();
      await shot("calendar");
      await archive.keyboard.press("Escape");
      await archive.getByRole("heading", { level: 1 }).getByRole("button").click();
      await shot("info");
      const invoice = await at(
        archive,
        showcase.find((m) => m.kind === "invoice"),
      );
      await invoice.getByRole("button", { name: "Raw data" }).click();
      await shot("raw");
      const edited = await at(archive, showcase.said("a message with a"));
      await edited.getByRole("button", { name: "edited" }).click();
      await shot("history");
      const links = await at(archive, showcase.said("Links: https"));
      await links.getByRole("link", { name: "a named one" }).click();
      await shot("link-question");
    });
  });
}
