import { expect, logIn, openMenu, test } from "./world";

const NAME = process.env.VIEWER_USERNAME ?? "admin";
const PASSWORD = process.env.VIEWER_PASSWORD ?? "";

test("a wrong password is told, the right one opens the archive, and after the log-out nothing is left", async ({
  visitor,
}) => {
  await visitor.goto("/status");
  const form = visitor.getByRole("heading", { name: "Telegram Archive" });
  await expect(form).toBeVisible();

  await logIn(visitor, NAME, "not the password");
  await expect(visitor.getByRole("alert")).toHaveText("The name or the password is wrong.");
  await logIn(visitor, NAME, PASSWORD);
  // One goes on where one wanted to go.
  await expect(visitor.getByRole("heading", { name: "Status" })).toBeVisible();

  await visitor.goto("/");
  const chats = visitor.getByRole("list", { name: "Chats" }).getByRole("link");
  await chats.first().click();
  await expect(visitor.getByRole("list", { name: "Messages" }).locator("[data-ids]").first()).toBeVisible();
  await visitor.goBack();
  await openMenu(visitor, "Log out");
  await expect(form).toBeVisible();

  await visitor.goForward();
  await expect(form).toBeVisible();
  await visitor.goBack();
  await visitor.goBack();
  await expect(form).toBeVisible();
  await expect(chats).toHaveCount(0);
  await expect(visitor.locator("#messages")).toHaveCount(0);
  await visitor.reload();
  await expect(form).toBeVisible();
});

test("a session that ends elsewhere ends in every page, without a reload", async ({ visitor }) => {
  await visitor.goto("/");
  await logIn(visitor, NAME, PASSWORD);
  await expect(visitor.getByRole("navigation", { name: "Chats" })).toBeVisible();
  const second = await visitor.context().newPage();
  await second.goto("/settings");
  await second.getByRole("button", { name: "Log out" }).click();
  await expect(visitor.getByRole("heading", { name: "Telegram Archive" })).toBeVisible();
  await expect(visitor.getByRole("navigation", { name: "Chats" })).toHaveCount(0);
});
