import { CHATS } from "./telegram";
import { atRest, chatPath, expect, messages, openChat, test } from "./world";

/** A narrow page shows the chats or one of them. */
test.beforeEach(({ isMobile }) => test.skip(!isMobile, "both stand side by side"));

test("from the list to a chat and back, by the button and by the browser's", async ({ archive }) => {
  const list = archive.getByRole("list", { name: "Chats" });
  await openChat(archive, CHATS.news.title);
  await expect(list).toBeHidden();
  await archive.getByRole("button", { name: "Back", exact: true }).click();
  await expect(list).toBeVisible();
  await expect(archive.locator("#messages")).toHaveCount(0);

  await openChat(archive, CHATS.weather.title);
  await archive.goBack();
  await expect(list).toBeVisible();
  await archive.goForward();
  await expect(list).toBeHidden();
  await expect(messages(archive).first()).toBeVisible();
});

test("the list stands where it was left", async ({ archive }) => {
  // Low enough that rows at the top and at the end are not in the page together.
  await archive.setViewportSize({ width: 390, height: 330 });
  const list = archive.getByRole("list", { name: "Chats" });
  const last = list.getByRole("listitem").last();
  await expect(async () => {
    await last.scrollIntoViewIfNeeded();
    const [at, of] = [await last.getAttribute("aria-posinset"), await last.getAttribute("aria-setsize")];
    expect(at).toBe(of);
  }).toPass();
  await last.scrollIntoViewIfNeeded();
  const place = () => last.boundingBox();
  const before = await place();
  await last.getByRole("link").click();
  await expect(list).toBeHidden();
  await archive.getByRole("button", { name: "Back", exact: true }).click();
  await expect(last).toBeInViewport();
  expect((await place())?.y).toBeCloseTo(before?.y ?? Number.NaN, 0);
});

test("nothing is wider than the page", async ({ archive }) => {
  for (const path of [
    "/",
    chatPath(CHATS.club),
    chatPath(CHATS.news),
    "/incidents",
    "/status",
    "/settings",
  ]) {
    await archive.goto(path);
    await archive.waitForLoadState("networkidle");
    const wide = await archive.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide, path).toBeLessThanOrEqual(0);
  }
});

test("every time is seen, also on a line of its own", async ({ archive }) => {
  await archive.setViewportSize({ width: 390, height: 3000 });
  const counts = { alone: 0, beside: 0 };
  for (const chat of [CHATS.weather, CHATS.club, CHATS.news]) {
    await archive.goto(chatPath(chat));
    await expect(messages(archive).last()).toBeVisible();
    await atRest(archive);
    const found = await archive.locator("#messages").evaluate((view) =>
      [...view.querySelectorAll("time")].map((time) => {
        const { x, y, width, height } = time.getBoundingClientRect();
        const seen = document.elementFromPoint(x + width / 2, y + height / 2);
        const text = time.closest("[dir=auto]");
        const words = document.createRange();
        if (text?.lastElementChild?.contains(time)) {
          words.selectNodeContents(text);
          words.setEndBefore(text.lastElementChild);
        }
        const lastLine = Math.max(0, ...[...words.getClientRects()].map((r) => r.bottom));
        return {
          what: time.closest("[data-ids]")?.getAttribute("data-ids") ?? "",
          away: y < view.getBoundingClientRect().top || y + height > innerHeight,
          seen: seen === time || time.contains(seen),
          alone: lastLine > 0 && lastLine < y + height / 2,
        };
      }),
    );
    for (const time of found.filter((f) => !f.away)) {
      expect(time.seen, `${chat.title}: ${time.what}`).toBe(true);
      counts[time.alone ? "alone" : "beside"]++;
    }
  }
  expect(counts.alone).toBeGreaterThan(0);
  expect(counts.beside).toBeGreaterThan(0);
});

test("a tap on a message opens what can be done with it", async ({ archive }) => {
  await openChat(archive, CHATS.news.title);
  const last = messages(archive).last();
  await last.scrollIntoViewIfNeeded();
  const box = await last.boundingBox();
  if (!box) throw new Error("the last message is in view");
  await archive.touchscreen.tap(box.x + 6, box.y + box.height - 3);
  await expect(archive.getByRole("menu", { name: "Message actions" })).toBeVisible();
});
