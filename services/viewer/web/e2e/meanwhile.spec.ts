import { tell } from "./telegram";
import { expect, message, messages, test } from "./world";

/** What happens to a message while it is on its way into the page. Messages are posted in the simulated Telegram. */

test("an edit that overtakes its message is not lost", async ({ archive, isMobile }) => {
  test.skip(isMobile, "a narrow page does not show the list, which says that the edit has come");
  const session = await (await archive.request.get("/api/v1/session")).json();
  const account = session.accounts[0].id as number;
  const { chats } = await (await archive.request.get(`/api/v1/accounts/${account}/chats`)).json();
  const chat = chats.filter((c: { kind: string }) => c.kind === "group")[2].id as number;
  await archive.goto(`/c/${account}/${chat}`);
  await expect(messages(archive).first()).toBeVisible();
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
  const { id } = await tell({ do: "post", chat, text: "as it was posted" });
  await expect.poll(() => held).toBe(true);
  await tell({ do: "edit", chat, id, text: "as it was edited" });
  const row = archive.getByRole("list", { name: "Chats" }).locator(`a[href="/c/${account}/${chat}"]`);
  await expect(row).toContainText("as it was edited");
  letThrough();
  await expect(message(archive, id)).toContainText("as it was edited");
});
