import type { Page } from "@playwright/test";
import type { SearchPage } from "../src/api/types";
import { CHATS, post, postMine, unique } from "./telegram";
import { around, ask, expect, goToChat, message, test } from "./world";

const { club, kenji, noor } = CHATS;

/** One word in two chats, three messages: the second one is ours. */
async function three(page: Page) {
  const word = unique();
  const ids = [await post(kenji, `${word} plum`), await postMine(kenji, `${word} pear`)];
  await post(noor, `${word} plum and more`);
  await expect
    .poll(async () => (await ask<SearchPage>(page, `search?q=${word}`)).hits.length, { timeout: 30_000 })
    .toBe(3);
  return { word, ids };
}

test("in all chats: by words and operators, and a hit leads to its message, lit up", async ({ archive }) => {
  const { word, ids } = await three(archive);
  const field = archive.getByRole("searchbox", { name: "Search", exact: true });
  const hits = (title: string) => archive.getByRole("region", { name: title }).getByRole("button");
  await field.fill(word);
  await expect(archive.getByText("3 messages", { exact: true })).toBeVisible();
  await expect(hits(kenji.title)).toHaveCount(2);
  await expect(hits(noor.title)).toHaveCount(1);
  await expect(hits(noor.title).locator("mark")).toHaveText(word);

  await field.fill(`${word} from:me`);
  await expect(hits(kenji.title)).toHaveCount(1);
  await expect(hits(kenji.title)).toContainText("pear");
  await expect(hits(noor.title)).toHaveCount(0);
  await field.fill(`${word} in:"${noor.title}"`);
  await expect(hits(kenji.title)).toHaveCount(0);
  await expect(hits(noor.title)).toHaveCount(1);
  await field.fill(`${word} before:2001-01-01`);
  await expect(archive.getByText("Nothing found.")).toBeVisible();
  await field.fill(`${word.slice(0, 8)} plum`);
  await expect(hits(kenji.title)).toHaveCount(1);

  await hits(kenji.title).click();
  await expect(archive).toHaveURL(new RegExp(`/c/1/${kenji.id}/${ids[0]}\\?q=`));
  await expect(message(archive, ids[0] ?? 0)).toBeInViewport();
  await expect(
    message(archive, ids[0] ?? 0)
      .locator("mark")
      .first(),
  ).toBeAttached();
});

test("operators are offered while one types", async ({ archive }) => {
  await archive.getByRole("searchbox", { name: "Search", exact: true }).fill("is:");
  await archive.getByRole("list", { name: "Operators" }).getByRole("button", { name: "is:deleted" }).click();
  await expect(archive.getByRole("searchbox", { name: "Search", exact: true })).toHaveValue("is:deleted ");
});

test("in one chat: hits one after the other, deep in the past, marked in their bubbles", async ({
  archive,
}) => {
  const old = (await around(archive, club, 3_000)).find((m) => m.kind === "text" && m.text.length > 60);
  const word = old?.text.match(/\p{L}{7,}/u)?.[0];
  if (!old || !word) throw new Error("a long text in the club's past");
  const day = new Date((old.date + 2 * 86_400) * 1000).toISOString().slice(0, 10);
  await goToChat(archive, club);
  await archive.getByRole("button", { name: "Search in this chat" }).click();
  const panel = archive.getByRole("complementary", { name: "Search" });
  const field = panel.getByRole("searchbox");
  await expect(field).toBeFocused();
  await field.fill(`${word} before:${day}`);
  await expect(panel.locator("mark").first()).toBeVisible();
  await expect(panel.locator("[aria-current]")).toHaveCount(0);

  await field.press("Enter");
  await expect(panel.getByText(/^1 of /)).toBeVisible();
  const hit = () => Number(/\/(\d+)\?/.exec(archive.url())?.[1]);
  await expect.poll(hit).toBeLessThan(old.id + 500);
  const first = hit();
  await expect(message(archive, first)).toBeInViewport();
  await expect(message(archive, first).locator("mark").first()).toHaveText(new RegExp(word, "i"));
  await panel.getByRole("button", { name: "Older hit" }).click();
  await expect(panel.getByText(/^2 of /)).toBeVisible();
  await expect.poll(hit).not.toBe(first);
  await expect(message(archive, hit())).toBeInViewport();

  await panel.getByRole("button", { name: "Close", exact: true }).click();
  await expect(panel).toHaveCount(0);
  await expect(archive.locator("#messages mark")).toHaveCount(0);
});
