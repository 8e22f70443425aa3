import type { Locator } from "@playwright/test";
import type { MessageWindow } from "../src/api/types";
import { CHATS } from "./telegram";
import { expect, goToChat, message, messages, readingPlace, restingPlace, test, topOf } from "./world";

/** In a chat of more messages than are in the page, which nothing changes. */
test.beforeEach(async ({ archive }) => {
  await goToChat(archive, CHATS.news);
  // The bar above takes its room when it comes.
  await expect(archive.getByText(/^Pinned message/).first()).toBeVisible();
});

const ids = (page: import("@playwright/test").Page) =>
  messages(page).evaluateAll((all) =>
    all.flatMap((e) => (e.getAttribute("data-ids") ?? "").split(" ").map(Number)),
  );

test("the window stays bounded and sorted, however far one scrolls", async ({ archive }) => {
  const scroller = archive.locator("#messages");
  for (let i = 0; i < 12; i++) {
    const before = (await ids(archive))[0] ?? 0;
    if (before === 1) break;
    await scroller.evaluate((e) => e.scrollTo({ top: 0 }));
    await expect.poll(async () => ((await ids(archive))[0] ?? 0) < before || before < 10).toBe(true);
    const now = await ids(archive);
    expect(now.length).toBeLessThanOrEqual(125);
    expect(now).toEqual([...now].sort((a, b) => a - b));
  }
});

test("what one reads does not move when older messages come in above", async ({ archive }) => {
  const first = (await ids(archive))[0] ?? 0;
  await archive.locator("#messages").evaluate((e) => e.scrollTo({ top: 300 }));
  const place = await readingPlace(archive);
  await expect.poll(async () => ((await ids(archive))[0] ?? 0) < first).toBe(true);
  expect(Math.abs((await topOf(archive, place.key)) - place.top)).toBeLessThan(2);
});

test("who reads along stays at the end when something takes room above", async ({ archive }) => {
  const scroller = archive.locator("#messages");
  const fromEnd = () => scroller.evaluate((e) => e.scrollHeight - e.clientHeight - e.scrollTop);
  await expect.poll(fromEnd).toBeLessThan(2);
  // Between a step of the page's own and what it thinks of it: as late as can be.
  await scroller.evaluate((e) => {
    const bar = document.createElement("div");
    bar.style.flex = "0 0 88px";
    const add = () => requestAnimationFrame(() => e.closest("section")?.prepend(bar));
    document.addEventListener("scroll", add, { capture: true, once: true });
  });
  const size = archive.viewportSize() ?? { width: 0, height: 0 };
  const before = await scroller.evaluate((e) => e.clientHeight);
  await archive.setViewportSize({ ...size, height: size.height - 60 });
  await expect.poll(() => scroller.evaluate((e) => e.clientHeight)).toBe(before - 148);
  await expect.poll(fromEnd).toBeLessThan(2);
});

test("Home and End go to the first and the newest message, and back to where one was", async ({
  archive,
}) => {
  const newest = (await ids(archive)).at(-1) ?? 0;
  const place = await restingPlace(archive);
  await archive.locator("#messages").focus();
  await archive.keyboard.press("Home");
  await expect.poll(async () => (await ids(archive)).at(-1)).not.toBe(newest);
  await archive.getByRole("button", { name: "Back to where you were" }).click();
  await expect(message(archive, newest)).toBeVisible();
  await expect.poll(async () => Math.abs((await topOf(archive, place.key)) - place.top)).toBeLessThan(4);
});

test("a link to a message lights it up in the middle", async ({ archive }) => {
  const all = await ids(archive);
  const id = all[Math.floor(all.length / 3)] ?? 0;
  await archive.goto(`${new URL(archive.url()).pathname}/${id}`);
  const entry = message(archive, id);
  const light = entry.locator("[class*=light]");
  await expect(light).toBeVisible();
  const fromMiddle = async () => {
    const [box, view] = [await entry.boundingBox(), await archive.locator("#messages").boundingBox()];
    if (!box || !view) return Number.NaN;
    return Math.abs(box.y + box.height / 2 - (view.y + view.height / 2));
  };
  await expect.poll(fromMiddle).toBeLessThan(20);
  await expect(light).toHaveCount(0);
  expect(await fromMiddle()).toBeLessThan(20);
});

test("a stretch that is not archived is marked where it is", async ({ archive }) => {
  const all = await ids(archive);
  const [before = 0, from = 0, to = 0, after = 0] = [-9, -8, -5, -4].map((i) => all.at(i));
  await archive.route(/\/messages\?/, async (route) => {
    const answer = await route.fetch();
    const page = (await answer.json()) as MessageWindow;
    const left = page.messages.filter((m) => m.id < from || m.id > to);
    const gaps = left.length < page.messages.length ? [{ first_id: from, last_id: to }] : [];
    await route.fulfill({ json: { ...page, messages: left, gaps } });
  });
  await goToChat(archive, CHATS.news);
  const gap = archive.getByText(`Messages ${from} to ${to} are not archived yet`);
  await expect(gap).toBeAttached();
  await expect(message(archive, from)).toHaveCount(0);
  const top = (of: Locator) => of.evaluate((e) => e.getBoundingClientRect().top);
  await expect.poll(async () => (await top(gap)) - (await top(message(archive, before)))).toBeGreaterThan(0);
  expect((await top(message(archive, after))) - (await top(gap))).toBeGreaterThan(0);
});

test("the keyboard opens chats, helps, and closes the topmost thing only", async ({ archive, isMobile }) => {
  test.skip(isMobile, "no keyboard");
  await archive.keyboard.press("?");
  await expect(archive.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await archive.keyboard.press("Escape");
  await expect(archive.getByRole("dialog")).toHaveCount(0);
  await expect(messages(archive).first()).toBeVisible();
  await archive.keyboard.press("Control+k");
  const choices = archive.getByRole("option");
  const title = ((await choices.nth(1).locator("[dir=auto]").textContent()) ?? "").trim();
  await archive.keyboard.press("ArrowDown");
  await archive.keyboard.press("Enter");
  await expect(archive.getByRole("heading", { level: 1 }).first()).toContainText(title);
});

test("language, direction and theme change at once and stay", async ({ archive }) => {
  await archive.goto("/settings");
  await archive.getByRole("radio", { name: "العربية" }).check();
  await expect(archive.locator("html")).toHaveAttribute("dir", "rtl");
  await archive.getByRole("radio", { name: "داكنة" }).check();
  await archive.reload();
  await expect(archive.locator("html")).toHaveAttribute("lang", "ar");
  await expect(archive.locator("html")).toHaveAttribute("data-theme", "dark");
});
