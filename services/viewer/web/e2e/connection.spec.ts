import { CHATS, edit, post, unique } from "./telegram";
import { Wire } from "./wire";
import { test as base, expect, goToChat, message, messages, untilArchived } from "./world";

const { yael } = CHATS;

/** The page reaches the viewer over a wire of its own. */
const test = base.extend<{ wire: Wire }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names out of a pattern
  wire: async ({}, use) => {
    const wire = await Wire.to(process.env.BASE_URL ?? "http://127.0.0.1:8000");
    await use(wire);
    await wire.cut().catch(() => undefined);
  },
  baseURL: async ({ wire }, use) => use(wire.url),
});

test("a lost connection is told, and when it is back the page hears what it missed, without a reload", async ({
  archive,
  wire,
}) => {
  const words = unique();
  const before = await post(yael, `${words} before`);
  await untilArchived(archive, yael, [before]);
  await goToChat(archive, yael);
  await expect(message(archive, before)).toBeInViewport();
  await archive.evaluate(() => Object.assign(window, { mark: "the same page" }));
  // Something is heard: from there on the stream can go on.
  const heard = await post(yael, `${words} heard`);
  await expect(message(archive, heard)).toBeInViewport();

  await wire.cut();
  const notice = archive.getByText("Connection lost. Trying again …");
  await expect(notice).toBeVisible();
  const missed = await post(yael, `${words} missed`);
  await edit(yael, before, `${words} corrected`);
  // What is on the screen can still be read.
  await expect(messages(archive).first()).toBeAttached();
  await expect(message(archive, missed)).toHaveCount(0);

  await wire.mend();
  await expect(message(archive, missed)).toBeInViewport({ timeout: 20_000 });
  await expect(message(archive, before)).toContainText("corrected");
  await expect(notice).toHaveCount(0);
  expect(await archive.evaluate(() => (window as unknown as { mark?: string }).mark)).toBe("the same page");
  const followed = wire.asked.split("\r\n\r\n").find((head) => head.startsWith("GET /api/v1/events"));
  expect(followed).toMatch(/^last-event-id: \S+/im);
  expect(wire.told).not.toContain("event: reload");
});

test("what is asked for while the connection is lost says so, and can be asked for again", async ({
  archive,
  wire,
}) => {
  const chat = archive.getByRole("list", { name: "Chats" }).getByRole("link", { name: yael.title });
  await expect(chat).toBeVisible();
  await wire.cut();
  await chat.click();
  await expect(archive.getByText("These messages could not be loaded.")).toBeVisible();
  await wire.mend();
  await archive.getByRole("button", { name: "Try again" }).click();
  await expect(messages(archive).first()).toBeVisible();
});
