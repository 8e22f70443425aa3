import type { Page } from "@playwright/test";
import type { SearchPage } from "../src/api/types";
import { at, test as withShowcase } from "./showcase";
import { CHATS, edit, post, remove, unique } from "./telegram";
import {
  ask,
  atRest,
  expect,
  goToChat,
  logIn,
  message,
  messages,
  openMenu,
  test,
  untilArchived,
} from "./world";

/** Every page and what opens over it, in both themes and sizes, into an ignored folder: to be looked at. */
const folder = process.env.SCREENSHOTS;
test.skip(!folder, "SCREENSHOTS is not set");
test.slow();

const { lantern, news } = CHATS;

for (const theme of ["light", "dark"] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });

    const shot = async (page: Page, name: string, project: string) => {
      await page.waitForLoadState("networkidle").catch(() => undefined);
      await atRest(page);
      await page.screenshot({ path: `${folder}/${name}-${theme}-${project}.png` });
    };

    test("pages", async ({ archive }, { project }) => {
      const links = archive.getByRole("list", { name: "Chats" }).getByRole("link");
      await expect(links.first()).toBeVisible();
      await shot(archive, "chats", project.name);
      const addresses = await links.evaluateAll((all) => all.map((a) => a.getAttribute("href") ?? ""));
      for (const [i, address] of addresses.entries()) {
        await archive.goto(address);
        await expect(messages(archive).first()).toBeVisible();
        await shot(archive, `chat-${i}`, project.name);
      }
      for (const path of ["incidents", "status", "account", "settings", "nothing"]) {
        await archive.goto(`/${path}`);
        await expect(archive.getByRole("main").getByText(/\S/).first()).toBeVisible();
        await shot(archive, path, project.name);
      }
    });

    test("what opens over a chat", async ({ archive }, { project }) => {
      const photo = (await ask<SearchPage>(archive, `search?q=has:photo&chat=${news.id}`)).hits[0]?.id;
      await goToChat(archive, news, photo);
      await message(archive, photo ?? 0)
        .getByRole("button", { name: "Open Photo" })
        .first()
        .click();
      await expect(archive.getByRole("dialog", { name: "Viewer" })).toBeVisible();
      await shot(archive, "lightbox", project.name);
      await archive.keyboard.press("Escape");

      await archive.getByRole("button", { name: "Go to date" }).click();
      await expect(archive.getByRole("dialog").locator("[aria-busy=false]")).toBeVisible();
      await shot(archive, "calendar", project.name);
      await archive.keyboard.press("Escape");

      await archive.getByRole("button", { name: "Search in this chat" }).click();
      await archive.getByRole("complementary", { name: "Search" }).getByRole("searchbox").fill("harbour");
      await expect(
        archive.getByRole("complementary", { name: "Search" }).locator("mark").first(),
      ).toBeVisible();
      await shot(archive, "search-chat", project.name);
      await archive.keyboard.press("Escape");

      await archive.getByRole("heading", { level: 1 }).getByRole("button").click();
      await expect(archive.getByRole("complementary", { name: "What is archived" })).toBeVisible();
      await shot(archive, "info", project.name);
      await archive.keyboard.press("Escape");

      const words = unique();
      const id = await post(lantern, `${words}: the ferry leaves at nine, bring a coat`);
      await edit(lantern, id, `${words}: the ferry leaves at half past nine, bring a warm coat`);
      await expect
        .poll(
          async () =>
            (await ask<{ versions: unknown[] }>(archive, `chats/${lantern.id}/messages/${id}/versions`))
              .versions.length,
        )
        .toBe(2);
      await goToChat(archive, lantern, id);
      await message(archive, id).getByRole("button", { name: "edited" }).click();
      await expect(
        archive.getByRole("complementary", { name: "Edit history" }).locator("ins").first(),
      ).toBeVisible();
      await shot(archive, "history", project.name);
      await archive.keyboard.press("Escape");
      await message(archive, id).click({ button: "right" });
      await shot(archive, "menu-message", project.name);
      await archive.getByRole("menuitem", { name: "Raw data" }).click();
      await expect(archive.getByRole("complementary", { name: "Raw data" })).toBeVisible();
      await shot(archive, "raw", project.name);
    });

    test("what opens over the chats", async ({ archive }, { project }) => {
      await archive.getByRole("button", { name: "Menu" }).click();
      await shot(archive, "menu", project.name);
      await archive.keyboard.press("Escape");
      await archive.keyboard.press("Control+k");
      await expect(archive.getByRole("option").first()).toBeVisible();
      await shot(archive, "switcher", project.name);
      await archive.keyboard.press("Escape");
      await openMenu(archive, "Keyboard shortcuts");
      await shot(archive, "shortcuts", project.name);
      await archive.keyboard.press("Escape");
      await archive.getByRole("searchbox", { name: "Search", exact: true }).fill("harbour");
      await expect(archive.getByRole("region").locator("mark").first()).toBeVisible();
      await shot(archive, "search", project.name);
    });

    test("an incident", async ({ archive }, { project }) => {
      const ids: number[] = [];
      for (let n = 0; n < 20; n++) ids.push(await post(lantern, `${unique()} ${n}`));
      await untilArchived(archive, lantern, ids);
      await remove(lantern, ids);
      await archive.goto("/incidents");
      await archive.getByRole("button", { name: "Show the messages" }).first().click();
      await expect(archive.getByRole("article").getByRole("listitem").first()).toBeVisible();
      await shot(archive, "incident", project.name);
    });
  });
}

for (const theme of ["light", "dark"] as const) {
  withShowcase.describe(theme, () => {
    withShowcase.use({ colorScheme: theme });

    withShowcase("kinds of messages", async ({ archive, showcase }, { project }) => {
      for (let i = 0; i < showcase.messages.length; i += 6) {
        const kind = showcase.messages[i];
        if (kind) await at(archive, kind);
        await archive.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => undefined);
        await archive.screenshot({
          path: `${folder}/kinds-${String(i).padStart(3, "0")}-${theme}-${project.name}.png`,
        });
      }
    });
  });
}

test.describe("nobody is logged in", () => {
  test.use({
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names out of a pattern
    baseURL: async ({}, use) => use((process.env.LOGIN_BASE_URLS ?? "").split(",")[0] ?? ""),
  });

  test("log-in and wizard", async ({ visitor }, { project }) => {
    const shot = (name: string) =>
      visitor.screenshot({ path: `${folder}/${name}-light-${project.name}.png` });
    await visitor.goto("/account");
    await expect(visitor.getByRole("button", { name: "Log in" })).toBeVisible();
    await shot("login");
    await logIn(visitor, process.env.VIEWER_USERNAME ?? "", process.env.VIEWER_PASSWORD ?? "");
    await expect(visitor.getByRole("heading", { name: "Telegram account" })).toBeVisible();
    await shot("wizard");
  });
});
