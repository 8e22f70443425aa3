import { CHATS } from "./telegram";
import { expect, goToChat, messages, test } from "./world";

test.beforeEach(({ isMobile }) => test.skip(isMobile, "no keyboard"));

test("j, k and the arrows go from message to message", async ({ archive }) => {
  await goToChat(archive, CHATS.news);
  const focused = () => archive.evaluate(() => (document.activeElement as HTMLElement).dataset.key ?? "");
  await archive.keyboard.press("k");
  await expect.poll(focused).not.toBe("");
  const last = await focused();
  await archive.keyboard.press("k");
  await expect.poll(focused).not.toBe(last);
  const before = await focused();
  await archive.keyboard.press("ArrowUp");
  await expect.poll(focused).not.toBe(before);
  await archive.keyboard.press("ArrowDown");
  await archive.keyboard.press("j");
  await expect.poll(focused).toBe(last);
  await archive.keyboard.press("Enter");
  await expect(archive.getByRole("menu", { name: "Message actions" })).toBeVisible();
  await archive.keyboard.press("Escape");
  await expect(archive.getByRole("menu")).toHaveCount(0);
  await expect.poll(focused).toBe(last);
});

test("Esc closes one thing after the other, and the chat at last", async ({ archive }) => {
  await goToChat(archive, CHATS.news);
  await archive.keyboard.press("Control+f");
  const search = archive.getByRole("complementary", { name: "Search" });
  await expect(search.getByRole("searchbox")).toBeFocused();
  await archive.keyboard.press("Control+k");
  const switcher = archive.getByRole("dialog", { name: "Go to chat" });
  await expect(switcher).toBeVisible();
  await archive.keyboard.press("Escape");
  await expect(switcher).toHaveCount(0);
  await expect(search).toBeVisible();
  await archive.keyboard.press("Escape");
  await expect(search).toHaveCount(0);
  await expect(messages(archive).first()).toBeVisible();
  await archive.keyboard.press("Escape");
  await expect(archive.locator("#messages")).toHaveCount(0);
});

test("keys reach the calendar, the search and the next chat", async ({ archive }) => {
  await goToChat(archive, CHATS.news);
  await archive.keyboard.press("d");
  await expect(archive.getByRole("dialog", { name: "Go to date" })).toBeVisible();
  await archive.keyboard.press("Escape");
  await expect(archive.getByRole("dialog")).toHaveCount(0);
  const here = archive.url();
  await archive.keyboard.press("Alt+ArrowDown");
  await expect(archive).not.toHaveURL(here);
  await expect(messages(archive).first()).toBeVisible();
  await archive.keyboard.press("/");
  await expect(archive.getByRole("searchbox", { name: "Search", exact: true })).toBeFocused();
  await archive.keyboard.type("jdk?");
  await expect(archive.getByRole("dialog")).toHaveCount(0);
});
