import { tell } from "./telegram";
import { expect, logIn, test } from "./world";

const URLS = (process.env.LOGIN_BASE_URLS ?? "").split(",");
const PHONE = process.env.LOGIN_PHONE ?? "";
const CODE = process.env.LOGIN_CODE ?? "";
const TWO_FACTOR = process.env.LOGIN_TWO_FACTOR ?? "";

/** Each size of the page has an archive of its own that nobody is logged in to. */
test.use({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names out of a pattern
  baseURL: async ({}, use, info) => use(URLS[info.project.name === "mobile" ? 1 : 0] ?? ""),
});

test("logging in to Telegram in the page: each wrong entry is told, and then the chats come in", async ({
  visitor,
  isMobile,
}) => {
  await visitor.goto("/account");
  await logIn(visitor, process.env.VIEWER_USERNAME ?? "", process.env.VIEWER_PASSWORD ?? "");
  await expect(visitor.getByRole("heading", { name: "Telegram account" })).toBeVisible();
  const alert = visitor.getByRole("alert");

  const code = visitor.getByRole("img", { name: "QR code for the log-in" });
  const showCode = async () => {
    await visitor.getByRole("button", { name: "Log in by QR code" }).click();
    await expect(code).toBeVisible({ timeout: 30_000 });
  };
  // A phone scans every code that is shown: both sizes would scan the other's.
  if (!isMobile) {
    await showCode();
    await visitor.getByRole("button", { name: "Log in by phone number instead" }).click();
  }

  const phone = visitor.getByRole("textbox", { name: "Phone number" });
  await phone.fill("+1 555 999 9999");
  await visitor.getByRole("button", { name: "Send code" }).click();
  await expect(alert).toHaveText("Telegram does not know this number.");
  await phone.fill(`+${PHONE}`);
  await visitor.getByRole("button", { name: "Send code" }).click();

  await expect(visitor.getByText("Telegram sent a code to your other devices.")).toBeVisible();
  const sent = visitor.getByRole("textbox", { name: "Code" });
  await sent.fill("00000");
  await visitor.getByRole("button", { name: "Continue" }).click();
  await expect(alert).toHaveText("That is not the code. Try again.");
  await sent.fill(CODE);
  await visitor.getByRole("button", { name: "Continue" }).click();

  await expect(visitor.getByRole("heading", { name: "Two-step verification" })).toBeVisible();
  const password = visitor.getByLabel("Password", { exact: true });
  await password.fill("not the password");
  await visitor.getByRole("button", { name: "Continue" }).click();
  await expect(alert).toHaveText("That is not the password. Try again.");
  await password.fill(TWO_FACTOR);
  await visitor.getByRole("button", { name: "Continue" }).click();

  await expect(visitor.getByText("This archive is logged in to Telegram.")).toBeVisible({ timeout: 30_000 });
  await visitor.getByRole("link", { name: "Status" }).click();
  await expect(visitor.getByText("Connected", { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(visitor.getByText("follows live")).toBeVisible();
  await visitor.goto("/");
  await expect(visitor.getByRole("list", { name: "Chats" }).getByRole("link", { name: "Alice" })).toBeVisible(
    { timeout: 30_000 },
  );

  const logOut = async () => {
    await visitor.goto("/account");
    await visitor.getByRole("button", { name: "Log out of Telegram" }).click();
    await visitor.getByRole("dialog").getByRole("button", { name: "Log out of Telegram" }).click();
    await expect(phone).toBeVisible({ timeout: 30_000 });
  };
  await logOut();
  if (isMobile) return;

  await showCode();
  const scanned = await tell<{ scanned: number }>(
    { do: "scan_login_tokens", account: Number(process.env.LOGIN_USER) },
    process.env.LOGIN_SIMULATOR,
  );
  expect(scanned.scanned).toBeGreaterThan(0);
  await expect(password).toBeVisible({ timeout: 30_000 });
  await password.fill(TWO_FACTOR);
  await visitor.getByRole("button", { name: "Continue" }).click();
  await expect(visitor.getByText("This archive is logged in to Telegram.")).toBeVisible({ timeout: 30_000 });
  await logOut();
});
