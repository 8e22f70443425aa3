import type { Page } from "@playwright/test";
import type { AccountStatus, Gap } from "../src/api/types";
import { CHATS } from "./telegram";
import { expect, once, test } from "./world";

/** What the world has no state for: the archive's answer, with changes. */
async function answer(page: Page, path: string | RegExp, change: (json: object) => object) {
  await page.route(path, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: change(await response.json()) });
  });
}

const accountStatus = (page: Page, change: (account: AccountStatus) => Partial<AccountStatus>) =>
  answer(page, "**/api/v1/status", (json) => {
    const { accounts } = json as { accounts: AccountStatus[] };
    return { ...json, accounts: accounts.map((a) => ({ ...a, ...change(a) })) };
  });

const statistics = {
  account: 1,
  chats: 12,
  counted_at: 1_700_000_000_000_000,
  deleted: 3,
  edited: 4,
  last_run_at: null,
  media_bytes: 5,
  media_skipped: [],
  media_stored: 6,
  messages: 70,
};

test("the status is asked for again when the former answer is there, and while somebody looks", async ({
  archive,
  isMobile,
}) => {
  once(isMobile);
  await archive.clock.install();
  let asked = 0;
  let release = () => {};
  let held: Promise<void> | undefined;
  await archive.route("**/api/v1/status", async (route) => {
    asked++;
    await held;
    await route.continue();
  });
  await archive.goto("/status");
  await expect(archive.getByRole("heading", { name: "Capture" })).toBeVisible();
  expect(asked).toBe(1);

  held = new Promise((resolve) => {
    release = resolve;
  });
  await archive.clock.runFor(5000);
  await expect.poll(() => asked).toBe(2);
  await archive.clock.runFor(30_000);
  expect(asked).toBe(2);

  const again = archive.waitForResponse("**/api/v1/status");
  held = undefined;
  release();
  await again;
  await expect(async () => {
    await archive.clock.runFor(5000);
    expect(asked).toBeGreaterThan(2);
  }).toPass();

  const look = (hidden: boolean) =>
    archive.evaluate((is) => {
      Object.defineProperty(document, "hidden", { value: is, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await look(true);
  const before = asked;
  await archive.clock.runFor(30_000);
  expect(asked).toBe(before);
  await look(false);
  await archive.clock.runFor(5000);
  await expect.poll(() => asked).toBeGreaterThan(before);
});

test("statistics are shown as the archive is set, to administrators too", async ({ archive, isMobile }) => {
  once(isMobile);
  await archive.route("**/accounts/1/statistics", (route) => route.fulfill({ json: statistics }));
  const card = archive.getByRole("region", { name: "Archive", exact: true });
  await archive.goto("/status");
  await expect(card).toContainText("70");
  await answer(archive, "**/api/v1/session", (json) => ({ ...json, show_stats: false }));
  await archive.goto("/status");
  await expect(archive.getByRole("heading", { name: "Coverage" })).toBeVisible();
  await expect(card).toHaveCount(0);
});

test("a flood wait counts down, a lost log-in leads to the account", async ({ archive }) => {
  await archive.clock.install();
  const capture = {
    state: "flood wait",
    reason: "FLOOD_WAIT of messages.getHistory",
    until: Math.floor(Date.now() / 1000) + 600,
  };
  await accountStatus(archive, (a) => ({ capture: { ...a.capture, ...capture } }));
  await archive.goto("/status");
  await expect(archive.getByText("Waiting: Telegram asked for a pause")).toBeVisible();
  await expect(archive.getByText(capture.reason)).toBeVisible();
  const countdown = archive.getByRole("timer");
  const seconds = async () => {
    const [, minutes, rest] = /(\d+):(\d\d)/.exec((await countdown.textContent()) ?? "") ?? [];
    return Number(minutes) * 60 + Number(rest);
  };
  const before = await seconds();
  expect(before).toBeGreaterThan(500);
  await archive.clock.runFor(60_000);
  await expect.poll(async () => before - (await seconds())).toBeGreaterThanOrEqual(59);

  Object.assign(capture, { state: "login required", reason: "SESSION_REVOKED", until: null });
  await archive.clock.runFor(6000);
  await expect(archive.getByText("Log-in needed")).toBeVisible();
  await expect(countdown).toHaveCount(0);
  await archive.getByRole("main").getByRole("link", { name: "Telegram account" }).click();
  await expect(archive.getByRole("heading", { name: "Telegram account", level: 1 })).toBeVisible();
});

test("what failed in a run is told, and stays open while the status is asked for again", async ({
  archive,
  isMobile,
}) => {
  once(isMobile);
  await archive.clock.install();
  const run = { trigger: "hand", started_at: 1_700_000_000_000_000, finished_at: 1_700_000_060_000_000 };
  const runs = [
    {
      ...run,
      id: 902,
      chats: 2,
      messages: 5,
      aborted: null,
      failures: [{ chat: CHATS.news.id, reason: "CHANNEL_PRIVATE" }],
    },
    { ...run, id: 901, chats: 1, messages: 0, aborted: "FLOOD_WAIT", failures: [] },
  ];
  await accountStatus(archive, () => ({ runs }));
  await archive.goto("/status");
  const row = (id: number) => archive.getByRole("listitem").filter({ hasText: `Run ${id}` });
  await expect(row(901)).toContainText("ended early: FLOOD_WAIT");
  await row(902).getByText("1 chat failed").click();
  const failure = archive.getByText("CHANNEL_PRIVATE");
  await expect(failure).toBeVisible();
  await expect(failure).toContainText(CHATS.news.title);
  const again = archive.waitForResponse("**/api/v1/status");
  await archive.clock.runFor(6000);
  await (await again).finished();
  await archive.clock.runFor(1000);
  await expect(failure).toBeVisible();
});

test("holes are drawn where they are, and only chats with holes are listed when asked", async ({
  archive,
}) => {
  const ranges = (first: number, last: number): Gap => ({ first_id: first, last_id: last }) as Gap;
  const coverage = {
    chat: CHATS.news.id,
    title: CHATS.news.title,
    known_through: 100,
    covered: [ranges(1, 50), ranges(76, 100)],
    holes: [ranges(51, 75)],
    permille: 750,
    stored: 70,
    open_passes: 1,
    unverified: 2,
    verified_at: null,
  };
  const whole = {
    ...coverage,
    chat: CHATS.family.id,
    title: CHATS.family.title,
    permille: 1000,
    holes: [],
    open_passes: 0,
    unverified: 0,
  };
  await archive.route("**/accounts/1/coverage", (route) =>
    route.fulfill({ json: { chats: [{ ...coverage, covered: [], holes: [] }, whole] } }),
  );
  await archive.route(`**/chats/${CHATS.news.id}/coverage`, (route) => route.fulfill({ json: coverage }));
  await archive.goto("/status");
  const strip = archive.getByRole("img", { name: `75% of ${CHATS.news.title} covered` });
  // What is not seen is not asked for.
  await strip.scrollIntoViewIfNeeded();
  const hole = strip.locator("rect").filter({ has: archive.locator("title") });
  await expect(hole).toHaveCount(1);
  await expect(hole.locator("title")).toHaveText("Ids 51 to 75 are not covered");
  expect(await hole.evaluate((e) => [e.getAttribute("x"), e.getAttribute("width")])).toEqual(["500", "250"]);
  const box = await hole.boundingBox();
  const all = await strip.boundingBox();
  expect(((box?.x ?? 0) - (all?.x ?? 0)) / (all?.width ?? 1)).toBeCloseTo(0.5, 1);

  const other = archive.getByRole("link", { name: CHATS.family.title });
  await expect(archive.getByRole("main").locator(other)).toBeVisible();
  await archive.getByLabel("Only chats with holes").check();
  await expect(archive.getByRole("main").locator(other)).toHaveCount(0);
  await expect(strip).toBeVisible();
});
