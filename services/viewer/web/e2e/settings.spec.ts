import { CHATS } from "./telegram";
import { expect, goToChat, messages, test } from "./world";

test.use({ timezoneId: "Pacific/Honolulu" });

test("times are those of the archive or of this browser, as one chooses", async ({ archive }) => {
  const time = () => messages(archive).last().locator("time").last();
  await goToChat(archive, CHATS.news);
  const ofArchive = await time().textContent();
  const instant = await time().getAttribute("datetime");
  await archive.goto("/settings");
  await archive.getByRole("radio", { name: "Of this browser (Pacific/Honolulu)" }).check();
  await goToChat(archive, CHATS.news);
  await expect(time()).not.toHaveText(ofArchive ?? "");
  await expect(time()).toHaveAttribute("datetime", instant ?? "");
  const here = new Date(instant ?? 0).toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "Pacific/Honolulu",
  });
  await expect(time()).toHaveText(here);
});

test("a theme is followed, chosen and kept", async ({ archive }) => {
  const background = () => archive.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await archive.goto("/settings");
  await archive.getByRole("radio", { name: "Light" }).check();
  const light = await background();
  await archive.getByRole("radio", { name: "Black" }).check();
  await expect.poll(background).toBe("rgb(0, 0, 0)");
  await archive.reload();
  await expect.poll(background).toBe("rgb(0, 0, 0)");
  await archive.getByRole("radio", { name: "Automatic" }).check();
  await archive.emulateMedia({ colorScheme: "dark" });
  await expect.poll(background).not.toBe(light);
  await archive.emulateMedia({ colorScheme: "light" });
  await expect.poll(background).toBe(light);
});
