import { CHATS } from "./telegram";
import { around, chatPath, expect, goToChat, message, messages, once, test } from "./world";

const ZONE = "Pacific/Honolulu";
test.use({ timezoneId: ZONE });

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

test("days begin where times are shown: on the way to one, in the calendar and in a search", async ({
  isMobile,
  archive,
}) => {
  once(isMobile);
  const dayIn = (zone: string) => (date: number) =>
    new Date(date * 1000).toLocaleDateString("en-CA", { timeZone: zone });
  const [here, utc] = [dayIn(ZONE), dayIn("UTC")];
  const all = await around(archive, CHATS.news, 300);
  // The first of its day here; in the archive's zone one of the evening before is the first of that day.
  const first = all.find((m, i) => {
    const before = all[i - 1];
    return before && here(before.date) !== here(m.date) && utc(before.date) === here(m.date);
  });
  if (!first) throw new Error("a day of which the archive's zone takes in the evening before");
  const day = here(first.date);
  await archive.goto("/settings");
  await archive.getByRole("radio", { name: `Of this browser (${ZONE})` }).check();

  await archive.goto(`${chatPath(CHATS.news)}?day=${day}`);
  const scroller = archive.locator("#messages");
  await expect(message(archive, first.id)).toBeInViewport();
  const below = async () => {
    const [entry, view] = [await message(archive, first.id).boundingBox(), await scroller.boundingBox()];
    return (entry?.y ?? 0) - (view?.y ?? 0);
  };
  await expect.poll(below).toBeGreaterThan(40);
  expect(await below()).toBeLessThan(60);

  const days = archive.waitForRequest(/\/days\?/);
  await archive.getByRole("button", { name: "Go to date" }).click();
  expect(new URL((await days).url()).searchParams.get("zone")).toBe(ZONE);
  const search = archive.waitForRequest(/\/search\?/);
  await archive.goto(`${chatPath(CHATS.news)}?q=after:${day}`);
  expect(new URL((await search).url()).searchParams.get("zone")).toBe(ZONE);
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
