import type { SearchPage } from "../src/api/types";
import { CHATS, post, unique } from "./telegram";
import { ask, chatPath, expect, logIn, messages, openMenu, test } from "./world";

const { club, family, marta, weather } = CHATS;

test("a reader sees the chats that exist for it, and nothing of any other", async ({ visitor, archive }) => {
  const word = unique();
  const secret = await post(family, `${word} among us`);
  await post(marta, `${word} for the reader`);
  const found = async () => (await ask<SearchPage>(archive, `search?q=${word}`)).hits.length;
  await expect.poll(found, { timeout: 30_000 }).toBe(2);

  await visitor.goto("/");
  await logIn(visitor, process.env.READER_USERNAME ?? "", process.env.READER_PASSWORD ?? "");
  const rows = visitor.getByRole("list", { name: "Chats" }).getByRole("link");
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: marta.title })).toHaveCount(1);
  await expect(rows.filter({ hasText: weather.title })).toHaveCount(1);

  // Live: what comes later of its own shows that the other would have been here.
  const live = unique();
  await post(family, `${live} not for you`);
  await post(marta, `${live} for you`);
  await expect(rows.filter({ hasText: marta.title })).toContainText(`${live} for you`);
  await expect(rows).toHaveCount(2);
  await expect(visitor.getByText("not for you")).toHaveCount(0);

  const field = visitor.getByRole("searchbox", { name: "Search", exact: true });
  await field.fill(word);
  await expect(visitor.getByText("1 message", { exact: true })).toBeVisible();
  await expect(visitor.getByRole("region", { name: marta.title })).toBeVisible();
  await field.fill(`${word} in:"${family.title}"`);
  await expect(visitor.getByRole("region")).toHaveCount(0);
  await field.fill("");

  await visitor.getByRole("button", { name: "Menu" }).click();
  await expect(visitor.getByRole("menuitem", { name: "Settings" })).toBeVisible();
  for (const item of ["Incidents", "Telegram account"])
    await expect(visitor.getByRole("menuitem", { name: item })).toHaveCount(0);
  await visitor.keyboard.press("Escape");

  for (const path of [chatPath(family), chatPath(family, secret), chatPath(club, 12_000)]) {
    await visitor.goto(path);
    await expect(visitor.getByText("There is nothing here.")).toBeVisible();
    await expect(messages(visitor)).toHaveCount(0);
  }
  for (const path of ["/incidents", "/account"]) {
    await visitor.goto(path);
    await expect(visitor.getByRole("article")).toHaveCount(0);
    await expect(visitor.getByText("This archive is logged in to Telegram.")).toHaveCount(0);
    await expect(visitor.getByText("ask an administrator of this archive")).toBeVisible();
  }
  await visitor.goto("/status");
  await expect(visitor.getByRole("main").getByText(weather.title).first()).toBeVisible();
  await expect(visitor.getByText(club.title)).toHaveCount(0);

  const asks = async (path: string) => (await visitor.request.get(`/api/v1/${path}`)).status();
  expect(await asks(`accounts/1/chats/${marta.id}/messages`)).toBe(200);
  for (const path of [
    `accounts/1/chats/${family.id}`,
    `accounts/1/chats/${family.id}/messages`,
    `accounts/1/chats/${family.id}/messages/${secret}`,
    `accounts/1/chats/${family.id}/messages/${secret}/raw`,
    `accounts/1/chats/${club.id}/days?month=2026-01`,
  ])
    expect(await asks(path), path).toBe(404);
  for (const path of ["incidents", "status", "accounts/1/telegram"]) expect(await asks(path), path).toBe(403);
});

for (const way of ["a log-out", "a session that ended"]) {
  test(`after ${way} the next user of a tab sees nothing of the former one`, async ({ visitor }) => {
    await visitor.goto("/");
    await logIn(visitor, process.env.VIEWER_USERNAME ?? "", process.env.VIEWER_PASSWORD ?? "");
    const rows = visitor.getByRole("list", { name: "Chats" }).getByRole("link");
    await expect(rows.first()).toBeVisible();
    expect(await rows.count()).toBeGreaterThan(2);
    const field = visitor.getByRole("searchbox", { name: "Search", exact: true });
    await field.fill(club.title);
    await expect(rows).toHaveCount(0);

    if (way === "a log-out") await openMenu(visitor, "Log out");
    else {
      await visitor.context().clearCookies();
      await field.fill("what asks the archive");
    }
    await expect(visitor.getByLabel("Password")).toBeVisible();

    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await visitor.route(/\/accounts\/1\/(chats|folders)(\?|$)/, async (route) => {
      await held;
      await route.continue();
    });
    await logIn(visitor, process.env.READER_USERNAME ?? "", process.env.READER_PASSWORD ?? "");
    await expect(field).toHaveValue("");
    await expect(rows).toHaveCount(0);
    await visitor.keyboard.press("Control+k");
    const switcher = visitor.getByRole("listbox");
    await expect(switcher).toBeVisible();
    await expect(switcher.getByRole("option")).toHaveCount(0);
    await visitor.keyboard.press("Escape");
    await expect(visitor.getByRole("navigation", { name: "Folders" })).toHaveCount(0);
    release();
    await expect(rows).toHaveCount(2);
  });
}
