import type { MessageWindow } from "../src/api/types";
import { CHATS } from "./telegram";
import { around, ask, expect, goToChat, message, messages, restingPlace, test, topOf } from "./world";

const { club } = CHATS;

test("by the calendar 20,000 messages back, and back to where one was", async ({ archive }) => {
  const newest =
    (await ask<MessageWindow>(archive, `chats/${club.id}/messages?limit=1`)).messages[0]?.id ?? 0;
  const target = (await around(archive, club, newest - 20_000))[0];
  if (!target) throw new Error("a message 20,000 before the newest");
  const day = new Date(target.date * 1000).toISOString().slice(0, 10);

  await goToChat(archive, club);
  await expect(message(archive, newest)).toBeAttached();
  await archive.locator("#messages").evaluate((e) => e.scrollBy(0, -900));
  const place = await restingPlace(archive);

  await archive.getByRole("button", { name: "Go to date" }).click();
  const calendar = archive.getByRole("dialog", { name: "Go to date" });
  const button = calendar.getByRole("button", { name: new RegExp(`^${day}: \\d+ message`) });
  for (let months = 0; months < 30 && !(await button.isVisible()); months++) {
    const title = await calendar.locator("strong").textContent();
    await calendar.getByRole("button", { name: "Previous month" }).click();
    await expect(calendar.locator("strong")).not.toHaveText(title ?? "");
    await expect(calendar.locator("[aria-busy=false]")).toBeVisible();
  }
  await button.click();
  await expect(calendar).toHaveCount(0);

  await expect
    .poll(async () => Number((await messages(archive).first().getAttribute("data-ids"))?.split(" ")[0]))
    .toBeLessThan(newest - 19_000);
  const found = await ask<MessageWindow>(archive, `chats/${club.id}/messages?around_date=${day}&limit=10`);
  await expect(message(archive, found.anchor ?? 0)).toBeInViewport();

  await archive.getByRole("button", { name: "Back to where you were" }).click();
  await expect.poll(() => topOf(archive, place.key).catch(() => Number.NaN)).toBeCloseTo(place.top, -1);
  const after = await restingPlace(archive);
  expect(after.key).toBe(place.key);
  expect(Math.abs(after.top - place.top)).toBeLessThan(2);
});

test("an answer leads to what it answers, however far that is, and back", async ({ archive }) => {
  const all = await around(archive, club, 12_000);
  const answer = all.find((m) => m.reply && !m.reply.missing && m.reply.chat === null && m.reply.id !== null);
  if (!answer?.reply?.id) throw new Error("an answer in the middle of the club");
  await goToChat(archive, club, answer.id);
  await expect(message(archive, answer.id)).toBeInViewport();
  await message(archive, answer.id)
    .getByTitle(/^Reply to/)
    .click();
  await expect(message(archive, answer.reply.id)).toBeInViewport();
  await archive.getByRole("button", { name: "Back to where you were" }).click();
  await expect(message(archive, answer.id)).toBeInViewport();
});

test("the place where one read is kept over a reload and another chat", async ({ archive }) => {
  await goToChat(archive, club, 15_000);
  await expect(message(archive, 15_000)).toBeInViewport();
  const place = await restingPlace(archive);
  // Remembered when the scrolling has ended.
  await expect
    .poll(() => archive.evaluate(() => localStorage.getItem("reading") ?? ""))
    .toContain(`${club.id}`);
  await goToChat(archive, CHATS.news);
  await goToChat(archive, club);
  await expect.poll(() => topOf(archive, place.key).catch(() => Number.NaN)).toBeCloseTo(place.top, -1);
});
