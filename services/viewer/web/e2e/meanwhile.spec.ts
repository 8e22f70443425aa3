import { edit, post, unique } from "./telegram";
import { chatPath, expect, goToChat, message, newGroup, test, untilArchived } from "./world";

/** What happens to a message while it is on its way into the page. Messages are posted in the simulated Telegram. */

test("an edit that overtakes its message is not lost", async ({ archive, isMobile }) => {
  test.skip(isMobile, "a narrow page does not show the list, which says that the edit has come");
  const chat = await newGroup(archive, `Meanwhile ${unique()}`);
  const before = await post(chat, "before it");
  await untilArchived(archive, chat, [before]);
  await goToChat(archive, chat);
  await expect(message(archive, before)).toBeVisible();
  let letThrough: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  let held = false;
  await archive.route(/\/messages\?.*after=/, async (route) => {
    const answer = await route.fetch();
    held = true;
    await gate;
    await route.fulfill({ response: answer });
  });
  const id = await post(chat, "as it was posted");
  await expect.poll(() => held).toBe(true);
  await edit(chat, id, "as it was edited");
  const row = archive.getByRole("list", { name: "Chats" }).locator(`a[href="${chatPath(chat)}"]`);
  await expect(row).toContainText("as it was edited");
  letThrough();
  await expect(message(archive, id)).toContainText("as it was edited");
});
