import type { Page } from "@playwright/test";
import type { TelegramState } from "../src/api/types";
import { expect, once, test } from "./world";

/** What the world has no state for: the answers of the archive are the test's own. */
async function answer(page: Page, first: TelegramState) {
  const wizard = { state: first, away: false };
  await page.route(/\/accounts\/1\/telegram(\/(qr|code|sign-in|password))?$/, (route) =>
    wizard.away ? route.abort() : route.fulfill({ json: wizard.state }),
  );
  return wizard;
}

const inSeconds = (n: number) => Math.floor(Date.now() / 1000) + n;

test.beforeEach(({ isMobile }) => once(isMobile));

test("a QR code is asked for as long as it is shown, whatever fails meanwhile", async ({ archive }) => {
  const wizard = await answer(archive, { state: "logged_out", reason: "" });
  await archive.goto("/account");
  const alert = archive.getByRole("alert");
  const code = archive.getByRole("img", { name: "QR code for the log-in" });
  const away = async (is: boolean) => {
    wizard.away = is;
    if (is) await expect(alert).toHaveText("The archive does not answer. Is it running?");
    else await expect(alert).toHaveText("");
  };
  const byQr = archive.getByRole("button", { name: "Log in by QR code" });
  await expect(byQr).toBeVisible();
  wizard.away = true;
  await byQr.click();
  await away(true);
  wizard.state = { state: "qr", url: "tg://login?token=Zm9v", expires: inSeconds(30) };
  await away(false);
  await expect(code).toBeVisible();
  const drawn = () => code.locator("path").getAttribute("d");
  const before = await drawn();

  await away(true);
  await expect(code).toBeVisible();
  wizard.state = { state: "qr", url: "tg://login?token=YmFy", expires: inSeconds(30) };
  await away(false);
  await expect.poll(drawn).not.toBe(before);

  await away(true);
  wizard.state = { state: "logged_in", user: 7 };
  wizard.away = false;
  await expect(archive.getByText("This archive is logged in to Telegram.")).toBeVisible();
});

test("a session that Telegram ended says why, asks for patience, and has a way back in", async ({
  archive,
}) => {
  const wizard = await answer(archive, { state: "logged_out", reason: "SESSION_REVOKED" });
  await archive.goto("/account");
  await expect(archive.getByText("Logged out: SESSION_REVOKED")).toBeVisible();
  const alert = archive.getByRole("alert");
  const phone = archive.getByRole("textbox", { name: "Phone number" });
  wizard.state = { state: "refused", refusal: "wait", message: "FLOOD_WAIT", until: inSeconds(7200) };
  await phone.fill("+34 600 000 000");
  await archive.getByRole("button", { name: "Send code" }).click();
  await expect(alert).toHaveText(/Too many attempts: try again in 2 hours?\./);
  await expect(phone).toHaveValue("+34 600 000 000");

  wizard.state = { state: "code_sent", by: "sms", length: 5 };
  await archive.getByRole("button", { name: "Send code" }).click();
  await expect(archive.getByText("Telegram sent a code by SMS.")).toBeVisible();
  wizard.state = { state: "refused", refusal: "code_expired", message: "", until: null };
  await archive.getByRole("textbox", { name: "Code" }).fill("12345");
  await archive.getByRole("button", { name: "Continue" }).click();
  await expect(alert).toHaveText("The code is too old. Ask for a new one.");
  await phone.fill("+34 600 000 000");
  wizard.state = { state: "code_sent", by: "app", length: 5 };
  await archive.getByRole("button", { name: "Send code" }).click();
  wizard.state = { state: "logged_in", user: 7 };
  await archive.getByRole("textbox", { name: "Code" }).fill("12345");
  await archive.getByRole("button", { name: "Continue" }).click();
  await expect(archive.getByText("This archive is logged in to Telegram.")).toBeVisible();
  await expect(archive.getByText("User 7")).toBeVisible();
});

test("an archive that does not run, and a log-in of somebody else, are told", async ({ archive }) => {
  const wizard = await answer(archive, { state: "not_running" });
  await archive.goto("/account");
  await expect(archive.getByText("No process owns this account now.")).toBeVisible();
  wizard.state = { state: "password_needed", hint: "the usual" };
  await archive.goto("/account");
  await expect(archive.getByText("Hint: the usual")).toBeVisible();
  wizard.state = { state: "refused", refusal: "other_user", message: "", until: null };
  await archive.getByLabel("Password", { exact: true }).fill("right");
  await archive.getByRole("button", { name: "Continue" }).click();
  await expect(archive.getByRole("alert")).toHaveText("This archive belongs to another Telegram user.");
});
