import { expect, logIn, once, openMenu, test } from "./world";

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

test("who reads without a log-in can log in, and reads on without a name after the log-out", async ({
  isMobile,
  visitor,
  archive,
}) => {
  once(isMobile);
  // An archive that everybody may read: who comes with nothing gets what the other page gets.
  await visitor.route("**/api/v1/**", async (route) => {
    const asked = route.request();
    if (asked.method() !== "GET" || (await visitor.context().cookies()).length > 0) return route.continue();
    if (asked.url().endsWith("/events"))
      return route.fulfill({ contentType: "text/event-stream", body: "event: ready\nid: 1\ndata:\n\n" });
    const response = await archive.request.get(asked.url());
    if (!asked.url().endsWith("/session")) return route.fulfill({ response });
    const json = { ...(await response.json()), name: "", role: "reader", anonymous: true, expires_at: null };
    await route.fulfill({ response, json });
  });
  const rows = visitor.getByRole("list", { name: "Chats" }).getByRole("link");
  const form = visitor.getByLabel("Password");
  await visitor.goto("/settings");
  await visitor.getByRole("main").getByRole("button", { name: "Log in" }).click();
  await expect(form).toBeVisible();
  await visitor.getByRole("button", { name: "Read without a log-in" }).click();
  await expect(visitor.getByText("Reading without a log-in")).toBeVisible();

  await visitor.goto("/");
  await expect(rows.first()).toBeVisible();
  await openMenu(visitor, "Log in");
  await logIn(visitor, NAME, "not the password");
  await expect(visitor.getByRole("alert")).toHaveText("The name or the password is wrong.");
  await logIn(visitor, NAME, PASSWORD);
  await expect(rows.first()).toBeVisible();
  await openMenu(visitor, "Incidents");
  await expect(visitor.getByRole("heading", { name: "Incidents", level: 1 })).toBeVisible();
  await visitor.goto("/settings");
  const out = visitor.getByRole("main").getByRole("button", { name: "Log out" });
  await expect(out).toBeVisible();
  const asked = visitor.waitForResponse(
    (r) => r.url().endsWith("/session") && r.request().method() === "GET",
  );
  await out.click();
  await asked;

  await expect(rows.first()).toBeVisible();
  await expect(form).toHaveCount(0);
  await visitor.getByRole("button", { name: "Menu" }).click();
  await expect(visitor.getByRole("menuitem", { name: "Log in" })).toBeVisible();
  await expect(visitor.getByRole("menuitem", { name: "Incidents" })).toHaveCount(0);
});

test("a page hears that somebody else logged in in another one", async ({ isMobile, visitor }) => {
  once(isMobile);
  await visitor.goto("/settings");
  await logIn(visitor, NAME, PASSWORD);
  await expect(visitor.getByText(`Logged in as ${NAME}`)).toBeVisible();
  const second = await visitor.context().newPage();
  await second.goto("/settings");
  // What the first page asks meanwhile is held: it hears of both at once.
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await visitor.route("**/api/v1/session", async (route) => {
    await held;
    await route.continue();
  });
  await second.getByRole("button", { name: "Log out" }).click();
  await logIn(second, process.env.READER_USERNAME ?? "", process.env.READER_PASSWORD ?? "");
  await expect(second.getByRole("navigation", { name: "Chats" })).toBeVisible();
  release();
  await expect(visitor.getByText(`Logged in as ${process.env.READER_USERNAME}`)).toBeVisible();
});
