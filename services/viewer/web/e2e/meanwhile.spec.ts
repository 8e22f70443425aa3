import type { Page } from "@playwright/test";
import { CHATS, edit, post, unique } from "./telegram";
import { chatPath, expect, goToChat, message, messages, newGroup, once, test, untilArchived } from "./world";

/** What happens to a message while it is on its way into the page. Messages are posted in the simulated Telegram. */

/** Holds the answers to what the page asks of these addresses, from the moment that they are there. */
async function hold(page: Page, address: RegExp) {
  let letThrough: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  const held = { count: 0 };
  await page.route(address, async (route) => {
    const answer = await route.fetch();
    held.count++;
    await gate;
    await route.fulfill({ response: answer });
  });
  return { held, letThrough: () => letThrough() };
}

/** Edits a message; when this returns, the page has heard of it. */
async function editUnseen(page: Page, chat: Awaited<ReturnType<typeof newGroup>>, id: number) {
  await edit(chat, id, "as it was edited");
  const row = page.getByRole("list", { name: "Chats" }).locator(`a[href="${chatPath(chat)}"]`);
  await expect(row).toContainText("as it was edited");
}

test("an edit that overtakes its message is not lost", async ({ archive, isMobile }) => {
  test.skip(isMobile, "a narrow page does not show the list, which says that the edit has come");
  const chat = await newGroup(archive, `Meanwhile ${unique()}`);
  const before = await post(chat, "before it");
  await untilArchived(archive, chat, [before]);
  await goToChat(archive, chat);
  await expect(message(archive, before)).toBeVisible();
  const { held, letThrough } = await hold(archive, /\/messages\?.*after=/);
  const id = await post(chat, "as it was posted");
  await expect.poll(() => held.count).toBe(1);
  await editUnseen(archive, chat, id);
  letThrough();
  await expect(message(archive, id)).toContainText("as it was edited");
});

test("an edit of a message of a chat that is being opened is not lost", async ({ archive, isMobile }) => {
  test.skip(isMobile, "a narrow page does not show the list, which says that the edit has come");
  const chat = await newGroup(archive, `Opening ${unique()}`);
  const id = await post(chat, "as it was posted");
  await untilArchived(archive, chat, [id]);
  const { held, letThrough } = await hold(archive, /\/messages\?/);
  await archive.goto(chatPath(chat));
  await expect.poll(() => held.count).toBe(1);
  await editUnseen(archive, chat, id);
  letThrough();
  await expect(message(archive, id)).toContainText("as it was edited");
});

test("what is posted after a chat was asked for and before it is drawn is not missed", async ({
  isMobile,
  archive,
}) => {
  once(isMobile);
  const chat = await newGroup(archive, `Drawing ${unique()}`);
  const before = await post(chat, "before it");
  await untilArchived(archive, chat, [before]);
  // Other chats are asked for, too, while other tests write in them.
  const list = await hold(archive, /\/chats(\?[^/]*)?$/);
  const own = await hold(archive, new RegExp(`/chats/${chat.id}$`));
  const asked = archive.waitForResponse(/\/messages\?/);
  await archive.goto(chatPath(chat));
  await asked;
  await expect.poll(() => Math.min(list.held.count, own.held.count)).toBeGreaterThan(0);
  const drawn = own.held.count;
  const id = await post(chat, "meanwhile");
  // The list asks for the chat anew: the page has heard of it.
  await expect.poll(() => own.held.count).toBeGreaterThan(drawn);
  list.letThrough();
  own.letThrough();
  await expect(message(archive, before)).toBeVisible();
  await expect(message(archive, id)).toBeVisible();
});

test("who leaves a chat while a message is on its way reads on elsewhere", async ({ archive }) => {
  const [chat, other] = [
    await newGroup(archive, `Left ${unique()}`),
    await newGroup(archive, `Next ${unique()}`),
  ];
  const before = await post(chat, "before it");
  const elsewhere = await post(other, "elsewhere");
  await untilArchived(archive, chat, [before]);
  await untilArchived(archive, other, [elsewhere]);
  await goToChat(archive, chat);
  await expect(message(archive, before)).toBeVisible();
  const { held, letThrough } = await hold(archive, /\/messages\?.*after=/);
  await post(chat, "on its way");
  await expect.poll(() => held.count).toBe(1);
  await archive.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, chatPath(other));
  await expect(message(archive, elsewhere)).toBeVisible();
  letThrough();
  // Nothing is asked for once more by a timeline that is gone.
  expect(held.count).toBe(1);
});

test("older messages that could not be loaded are tried again by themselves, and at once for who asks", async ({
  isMobile,
  archive,
}) => {
  once(isMobile);
  const server = { down: true };
  await archive.route(/\/messages\?.*before=/, (route) =>
    server.down ? route.fulfill({ status: 503, json: {} }) : route.continue(),
  );
  const first = async () => Number((await messages(archive).first().getAttribute("data-ids"))?.split(" ")[0]);
  const toTop = () => archive.locator("#messages").evaluate((e) => e.scrollTo({ top: 0 }));
  const told = archive.getByText("More messages could not be loaded.");
  await goToChat(archive, CHATS.news);
  await toTop();
  await expect(told).toBeVisible();
  const id = await first();
  server.down = false;
  await expect.poll(first).toBeLessThan(id);
  await expect(told).toHaveCount(0);

  server.down = true;
  await expect(async () => {
    await toTop();
    await expect(told).toBeVisible({ timeout: 500 });
  }).toPass();
  const next = await first();
  // Long pauses by now: nothing comes by itself for a while.
  await archive.waitForResponse((r) => r.status() === 503);
  await archive.waitForResponse((r) => r.status() === 503);
  server.down = false;
  await archive.getByRole("button", { name: "Try now" }).click();
  await expect.poll(first, { timeout: 2500 }).toBeLessThan(next);
});
