import type { Locator } from "@playwright/test";
import type { BodyOf, Message } from "../src/api/types";
import { at, box, colour, css, decoded, expect, OWN, painted, played, look as test } from "./showcase";
import { edit, post, react, remove, unique } from "./telegram";
import { archived, goToChat, message, untilArchived } from "./world";

/** Every kind of message as it looks and behaves, one test each. */

const bubble = (entry: Locator) => entry.locator("[data-kind]").first();
const overlaps = (a: Box, b: Box) =>
  a.x < b.x + b.width - 1 && b.x < a.x + a.width - 1 && a.y < b.y + b.height - 1 && b.y < a.y + a.height - 1;
type Box = { x: number; y: number; width: number; height: number };
const waveform = (m: Message) => m.kind === "voice" && (m.media[0]?.duration_ms ?? 0) > 10_000;

test("a message: a bubble with its time in the corner", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said("Go to the one this answers"));
  expect((await colour(bubble(entry), "background-color"))[3]).toBe(255);
  expect(Number.parseFloat(await css(bubble(entry), "border-top-right-radius"))).toBeGreaterThan(8);
  const [time, around] = [await box(entry.locator("time")), await box(bubble(entry))];
  expect(around.x + around.width - time.x - time.width).toBeLessThan(20);
  expect(around.y + around.height - time.y - time.height).toBeLessThan(12);
  await expect(entry.locator("time")).toHaveText(/^\d{1,2}:\d{2}( [AP]M)?$/i);
  // Nothing cuts a part of it off.
  await expect(entry.locator("time")).toBeInViewport({ ratio: 0.99 });
});

test("a reply leads to what it answers, and back", async ({ archive, showcase }) => {
  const reply = showcase.said("Here it is");
  const target = showcase.said("everybody liked this");
  const entry = await at(archive, reply);
  const header = entry.getByRole("button", { name: "everybody liked this" });
  expect(Number.parseFloat(await css(header, "border-inline-start-width"))).toBeGreaterThanOrEqual(2);
  await header.click();
  const found = message(archive, target.id);
  await expect(found).toBeInViewport();
  await expect
    .poll(async () => {
      const [a, b] = [await box(found), await box(archive.locator("#messages"))];
      return Math.abs(a.y + a.height / 2 - b.y - b.height / 2) / b.height;
    })
    .toBeLessThan(0.3);
  await archive.getByRole("button", { name: "Back to where you were" }).click();
  await expect(entry).toBeInViewport();
});

test("a reply with a quote shows the quoted part", async ({ archive, showcase }) => {
  const m = showcase.said("answering a part of it");
  const entry = await at(archive, m);
  expect(m.reply?.quote?.length).toBeGreaterThan(5);
  await expect(entry.getByText(m.reply?.quote ?? "-", { exact: true })).toBeVisible();
});

for (const [text, from] of [
  ["forwarded with thanks", "Maya"],
  ["from somebody who hides", "A quiet reader"],
  ["from the newsroom", "Harbour Dispatch"],
] as const)
  test(`a forward, ${text}, names where it came from`, async ({ archive, showcase }) => {
    const entry = await at(archive, showcase.said(text));
    const header = entry.getByText(/^Forwarded from/);
    await expect(header).toContainText(from);
    expect((await box(header)).y).toBeLessThan((await box(entry.getByText(text))).y);
  });

test("a forward from an archived chat leads there", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said("from the newsroom"));
  await entry.getByRole("button", { name: /Forwarded from/ }).click();
  await expect(archive.getByRole("heading", { level: 1, name: "Harbour Dispatch" })).toBeVisible();
});

test("reactions are counted", async ({ archive, showcase }) => {
  const m = showcase.said("everybody liked this");
  const entry = await at(archive, m);
  expect(m.reactions.length).toBeGreaterThan(1);
  for (const r of m.reactions) {
    const pill = entry.getByRole("img", { name: `${r.reaction}, ${r.count} reaction` });
    await expect(pill).toBeVisible();
    if (r.count > 3) await expect(pill).toContainText(String(r.count));
    expect((await box(pill)).height).toBeGreaterThan(20);
    const [, , , alpha] = await colour(pill, "background-color");
    expect(alpha).toBeGreaterThan(0);
    // One's own is filled.
    expect(alpha === 255).toBe(r.chosen);
  }
  const [first, second] = await entry.getByRole("img", { name: /reaction/ }).all();
  if (first && second) expect(overlaps(await box(first), await box(second))).toBe(false);
});

test("a reaction of one's own is filled", async ({ archive }) => {
  const id = await post(OWN.saved, `liked by oneself ${unique()}`);
  await untilArchived(archive, OWN.saved, [id]);
  await react(OWN.saved, id, "👍", 1);
  await goToChat(archive, OWN.saved, id);
  const pill = message(archive, id).getByRole("img", { name: "👍, 1 reaction" });
  await expect(pill).toBeVisible({ timeout: 30_000 });
  expect((await colour(pill, "background-color"))[3]).toBe(255);
});

test("a photo: blurred at first, then itself", async ({ archive, showcase }) => {
  const m = showcase.find((x) => x.kind === "photo" && !x.album && !x.media[0]?.spoiler);
  let release = () => {};
  const gate = new Promise<void>((done) => {
    release = done;
  });
  await archive.route(`**${m.media[0]?.url}*`, async (route) => {
    await gate;
    await route.continue();
  });
  const entry = await at(archive, m);
  const thumb = entry.locator('img[aria-hidden="true"]');
  const picture = entry.getByRole("img", { name: "Photo" });
  await decoded(thumb);
  expect(await css(thumb, "filter")).toContain("blur");
  expect(await css(picture, "opacity")).toBe("0");
  const before = await box(bubble(entry));
  release();
  const own = await decoded(picture);
  expect(own).toEqual({ width: m.media[0]?.width, height: m.media[0]?.height });
  await expect.poll(() => css(picture, "opacity")).toBe("1");
  expect(await box(bubble(entry))).toEqual(before);
  const shown = await box(picture);
  expect(Math.max(shown.width, shown.height)).toBeLessThanOrEqual(430);
  expect(Math.abs(shown.width / shown.height - own.width / own.height)).toBeLessThan(0.05);
  await archive.unrouteAll({ behavior: "wait" });
  await entry.getByRole("button", { name: "Open Photo" }).click();
  const large = archive.getByRole("dialog").getByRole("img").first();
  await decoded(large);
});

test("a photo under a spoiler is covered until it is clicked", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said("Covered until one looks"));
  const picture = entry.locator("img[data-full]");
  await decoded(picture);
  expect(await css(picture, "visibility")).toBe("hidden");
  await entry.getByRole("button", { name: "Hidden picture: click to show" }).click();
  await expect.poll(() => css(picture, "visibility")).toBe("visible");
});

for (const [caption, count] of [
  ["Two", 2],
  ["Three", 3],
  ["Six", 6],
  ["Ten", 10],
] as const)
  test(`an album of ${count} is a mosaic with one caption`, async ({ archive, showcase }) => {
    const first = showcase.find((m) => m.text === caption && m.album !== null);
    const entry = await at(archive, first);
    await expect(entry).toHaveAttribute("data-ids", new RegExp(`^(\\d+ ){${count - 1}}\\d+$`));
    const tiles = await entry.getByRole("button", { name: "Open Photo" }).all();
    expect(tiles.length).toBe(count);
    const boxes = await Promise.all(tiles.map(box));
    const around = await box(bubble(entry));
    let area = 0;
    for (const [i, a] of boxes.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(around.x - 1);
      expect(a.x + a.width).toBeLessThanOrEqual(around.x + around.width + 1);
      for (const b of boxes.slice(i + 1)) expect(overlaps(a, b)).toBe(false);
      area += a.width * a.height;
    }
    const [left, right] = [Math.min(...boxes.map((b) => b.x)), Math.max(...boxes.map((b) => b.x + b.width))];
    const [top, end] = [Math.min(...boxes.map((b) => b.y)), Math.max(...boxes.map((b) => b.y + b.height))];
    // No holes but the gaps between them.
    expect(area / ((right - left) * (end - top))).toBeGreaterThan(0.93);
    for (const img of await entry.locator("img[data-full]").all()) {
      await img.scrollIntoViewIfNeeded();
      await decoded(img);
    }
    await expect(entry.getByText(caption)).toHaveCount(1);
  });

test("a video: its first picture, its length; opened, it plays", async ({ archive, showcase }) => {
  const m = showcase.find((x) => x.kind === "video");
  const entry = await at(archive, m);
  const video = entry.locator("video");
  await expect.poll(async () => (await played(video)).ready).toBeGreaterThanOrEqual(1);
  const { duration, width, height } = await played(video);
  expect(Math.round(duration * 1000)).toBeGreaterThan((m.media[0]?.duration_ms ?? 0) - 500);
  expect({ width, height }).toEqual({ width: m.media[0]?.width, height: m.media[0]?.height });
  await expect(entry.getByText("0:06")).toBeVisible();
  await expect.poll(async () => (await painted(video)).colours).toBeGreaterThan(8);
  await entry.getByRole("button", { name: "Open Video" }).click();
  const large = archive.getByRole("dialog").locator("video");
  await expect.poll(async () => (await played(large)).time).toBeGreaterThan(0.2);
  expect((await painted(large)).solid).toBe(1);
});

test("a GIF plays while it is in view, and only then", async ({ archive, showcase }) => {
  const entry = await at(
    archive,
    showcase.find((m) => m.kind === "animation"),
  );
  const video = entry.locator("video");
  await expect.poll(async () => (await played(video)).paused).toBe(false);
  expect((await played(video)).muted).toBe(true);
  await expect.poll(async () => (await played(video)).time).toBeGreaterThan(0);
  await expect(entry.getByText("GIF", { exact: true })).toBeVisible();
  const shown = await box(video);
  expect(shown.width).toBeLessThanOrEqual(320);
  // Far enough that it is gone from sight, near enough that it stays in the page.
  await archive.locator("#messages").evaluate((e) => e.scrollBy({ top: -1.5 * e.clientHeight }));
  await expect(video).not.toBeInViewport();
  await expect.poll(async () => (await played(video)).paused).toBe(true);
  await archive.locator("#messages").evaluate((e) => e.scrollBy({ top: 1.5 * e.clientHeight }));
  await expect.poll(async () => (await played(video)).paused).toBe(false);
});

test("a round video: a circle, silent, from its beginning with sound when clicked", async ({
  archive,
  showcase,
}) => {
  const m = showcase.find((x) => x.kind === "round_video");
  const entry = await at(archive, m);
  const video = entry.locator("video");
  await expect.poll(async () => (await played(video)).paused).toBe(false);
  expect((await played(video)).muted).toBe(true);
  expect((await colour(bubble(entry), "background-color"))[3]).toBe(0);
  const shown = await box(video);
  expect(Math.abs(shown.width - shown.height)).toBeLessThan(1);
  const frame = video.locator("xpath=..");
  expect(await css(frame, "border-top-left-radius")).toBe("50%");
  expect(await css(frame, "overflow")).toBe("hidden");
  await entry.getByRole("button", { name: "Open Video message" }).click();
  await expect.poll(async () => (await played(video)).muted).toBe(false);
  const ring = entry.locator("svg circle");
  await expect
    .poll(() => ring.evaluate((e) => Number.parseFloat(getComputedStyle(e).strokeDasharray)))
    .toBeGreaterThan(5);
});

test("a voice message: its waveform; played, the place moves", async ({ archive, showcase }) => {
  const m = showcase.find(waveform);
  const entry = await at(archive, m);
  const bars = await entry
    .locator("svg rect")
    .evaluateAll((all) => all.map((e) => e.getBoundingClientRect().height));
  expect(bars.length).toBeGreaterThan(25);
  expect(new Set(bars.map(Math.round)).size).toBeGreaterThan(4);
  expect(Math.max(...bars)).toBeGreaterThan(15);
  await expect(entry.getByText("0:14")).toBeVisible();
  await entry.getByRole("button", { name: "Play" }).click();
  await expect(entry.getByRole("button", { name: "Pause" })).toBeVisible();
  await expect(entry.getByText(/^0:0[1-9] \/ 0:1\d$/)).toBeVisible();
  const faint = () =>
    entry
      .locator("svg rect")
      .evaluateAll((all) => all.filter((e) => Number(getComputedStyle(e).opacity) < 1).length);
  const ahead = await faint();
  expect(ahead).toBeGreaterThan(0);
  await expect.poll(faint).toBeLessThan(ahead);
  await entry.getByRole("button", { name: /×$/ }).click();
  await expect(entry.getByRole("button", { name: "1.5×" })).toBeVisible();
  await entry.getByRole("button", { name: "Pause" }).click();
  await expect(entry.getByRole("button", { name: "Play" })).toBeVisible();
});

test("music: title and performer; played, it has a slider", async ({ archive, showcase }) => {
  const entry = await at(
    archive,
    showcase.find((m) => m.kind === "audio"),
  );
  await expect(entry.getByText("The lamp in the window")).toBeVisible();
  await expect(entry.getByText(/0:11 · Winter Garden Choir/)).toBeVisible();
  await entry.getByRole("button", { name: "Play" }).click();
  const slider = entry.getByRole("slider", { name: "Position" });
  await expect.poll(() => slider.inputValue().then(Number)).toBeGreaterThan(0);
  await expect(archive.getByRole("region", { name: "Player" })).toBeVisible();
  await entry.getByRole("button", { name: "Pause" }).click();
});

test("a document: its kind, a name that keeps its end, its size; a click gets it", async ({
  archive,
  showcase,
}) => {
  const m = showcase.find((x) => x.media[0]?.name?.startsWith("a very long file name") ?? false);
  const entry = await at(archive, m);
  const link = entry.getByRole("link", { name: /^Download: a very long/ });
  await expect(link).toContainText("(final).pdf");
  await expect(link.getByText("pdf", { exact: true })).toBeVisible();
  await expect(link).toContainText(/\d+ (B|bytes?|kB)/);
  const around = await box(archive.locator("#messages"));
  expect((await box(link)).width).toBeLessThan(around.width);
  const [download] = await Promise.all([archive.waitForEvent("download"), link.click()]);
  expect(download.suggestedFilename()).toContain("(final).pdf");
});

test("a picture sent as a file is a document", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said("A picture as a file"));
  await expect(entry.getByRole("link", { name: "Download: meadow.png" })).toBeVisible();
});

test("a sticker (WebP) has no bubble", async ({ archive, showcase }) => {
  const m = showcase.find((x) => x.kind === "sticker" && x.media[0]?.mime === "image/webp");
  const entry = await at(archive, m);
  const img = entry.locator("img[data-full]");
  expect(await decoded(img)).toEqual({ width: 512, height: 512 });
  expect((await colour(bubble(entry), "background-color"))[3]).toBe(0);
  const { width } = await box(img);
  expect(width).toBeGreaterThan(150);
  expect(width).toBeLessThanOrEqual(224);
  await expect(img).toHaveAttribute("alt", /\p{Extended_Pictographic}/u);
});

for (const nth of [0, 1, 2])
  test(`a sticker (TGS, ${nth + 1} of 3) is drawn, and moves`, async ({ archive, showcase }) => {
    const all = showcase.messages.filter((x) => x.media[0]?.mime === "application/x-tgsticker");
    expect(all.length).toBe(3);
    const entry = await at(archive, all[nth] as Message);
    const canvas = entry.locator("canvas");
    await expect.poll(async () => (await painted(canvas)).colours).toBeGreaterThan(2);
    const first = await painted(canvas);
    expect(first.clear).toBeGreaterThan(0.1);
    await expect.poll(async () => (await painted(canvas)).sum).not.toBe(first.sum);
    await expect(entry.getByRole("img", { name: /\p{Extended_Pictographic}/u }).first()).toBeVisible();
  });

test("a sticker (WebM) plays and is see-through", async ({ archive, showcase }) => {
  const m = showcase.find((x) => x.media[0]?.mime === "video/webm");
  const entry = await at(archive, m);
  const video = entry.locator("video");
  await expect.poll(async () => (await played(video)).ready).toBeGreaterThanOrEqual(2);
  await expect.poll(async () => (await played(video)).time).toBeGreaterThan(0);
  const shown = await painted(video);
  expect(shown.clear).toBeGreaterThan(0.1);
  expect(shown.solid).toBeGreaterThan(0.1);
});

const percents = async (entry: Locator) =>
  (await entry.getByRole("listitem").allInnerTexts()).map((t) => Number(/(\d+)%/.exec(t)?.[1] ?? Number.NaN));

test("a poll: percents that sum to a hundred, bars as long as they say", async ({ archive, showcase }) => {
  const m = showcase.find((x) => x.body?.type === "poll" && !x.body.quiz);
  const entry = await at(archive, m);
  await expect(entry.getByText("Anonymous poll, closed")).toBeVisible();
  const shares = await percents(entry);
  expect(shares).toEqual([48, 52]);
  const bars = await entry
    .getByRole("listitem")
    .evaluateAll((all) =>
      all.map((e) => e.lastElementChild?.firstElementChild?.getBoundingClientRect().width ?? 0),
    );
  expect((bars[0] ?? 0) / (bars[1] ?? 0)).toBeCloseTo(48 / 52, 1);
  await expect(entry.getByText(/25 votes/)).toBeVisible();
});

test("a quiz shows the right answer", async ({ archive, showcase }) => {
  const m = showcase.find((x) => x.body?.type === "poll" && x.body.quiz);
  const entry = await at(archive, m);
  const [right, wrong] = [
    entry.getByRole("listitem").filter({ hasText: "Mercator" }),
    entry.getByRole("listitem").filter({ hasText: "Meridian" }),
  ];
  await expect(right).toContainText("right answer");
  await expect(wrong).not.toContainText("right answer");
  const fill = (e: Locator) => colour(e.locator(":scope > :last-child > :first-child"), "background-color");
  expect(await fill(right)).not.toEqual(await fill(wrong));
  expect((await percents(entry)).reduce((a, b) => a + b)).toBe(100);
});

test("a contact", async ({ archive, showcase }) => {
  const entry = await at(
    archive,
    showcase.find((m) => m.kind === "contact"),
  );
  await expect(entry.getByText("Oleg", { exact: false }).first()).toBeVisible();
  await expect(entry.getByText("34600111222")).toBeVisible();
});

for (const [kind, words] of [
  ["geo", ["Location", "43.26300, -2.93500"]],
  ["live_geo", ["Live location, moved for"]],
  ["venue", ["Lantern meet-up", "12 Quay Street, second floor"]],
] as const)
  test(`a place (${kind}) leads to a map`, async ({ archive, showcase }) => {
    const entry = await at(
      archive,
      showcase.find((m) => m.kind === kind),
    );
    for (const word of words) await expect(entry.getByText(word).first()).toBeVisible();
    await expect(entry.getByRole("link", { name: /map/ })).toHaveAttribute(
      "href",
      /^https:\/\/www\.openstreetmap\.org\/\?mlat=43\./,
    );
  });

for (const [emoji, value] of [
  ["🎲", 5],
  ["🎯", 6],
  ["🎰", 64],
] as const)
  test(`a dice ${emoji} has its value`, async ({ archive, showcase }) => {
    const m = showcase.find((x) => x.body?.type === "dice" && x.body.emoji === emoji);
    const entry = await at(archive, m);
    await expect(entry.getByText(`Result: ${value}`)).toBeVisible();
    expect((await colour(bubble(entry), "background-color"))[3]).toBe(0);
  });

test("a link preview", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said("Read this first"));
  const card = entry.getByRole("link", { name: /A field guide to small maps/ });
  await expect(card).toHaveAttribute("href", "https://lantern.example/guide");
  await expect(card).toContainText("How a weekend project learned to draw hills");
  expect(Number.parseFloat(await css(card, "border-inline-start-width"))).toBeGreaterThanOrEqual(2);
  expect((await box(card)).y).toBeGreaterThan((await box(entry.getByText("Read this first"))).y);
});

test("an edited message keeps what it said", async ({ archive }) => {
  const [before, after] = [`walk at nine ${unique()}`, "ten instead"];
  const id = await post(OWN.saved, before);
  await untilArchived(archive, OWN.saved, [id]);
  await edit(OWN.saved, id, `${before} ${after}`);
  await expect
    .poll(async () => (await archived(archive, OWN.saved, [id]))[0]?.versions, { timeout: 30_000 })
    .toBe(2);
  await goToChat(archive, OWN.saved, id);
  const entry = message(archive, id);
  await expect(entry.getByText(`${before} ${after}`)).toBeVisible();
  await entry.getByRole("button", { name: "edited" }).click();
  const drawer = archive
    .getByRole("complementary")
    .or(archive.getByRole("dialog"))
    .filter({ hasText: "Edit history" });
  const versions = drawer.getByRole("listitem");
  await expect(versions).toHaveCount(2);
  await expect(versions.first()).toContainText("shown now");
  await expect(versions.last()).toContainText(before);
  const added = versions.first().locator("ins").filter({ hasText: "instead" });
  expect((await colour(added, "background-color"))[3]).toBeGreaterThan(0);
});

test("a deleted message stays as a ghost", async ({ archive }) => {
  const text = `nobody shall read this ${unique()}`;
  const id = await post(OWN.saved, text);
  await untilArchived(archive, OWN.saved, [id]);
  await goToChat(archive, OWN.saved, id);
  const entry = message(archive, id);
  await expect(entry.getByText(text)).toBeVisible();
  const alive = await colour(bubble(entry), "background-color");
  await remove(OWN.saved, [id]);
  await expect(entry.getByText("deleted", { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(entry.getByText(text)).toBeVisible();
  expect(await colour(bubble(entry), "background-color")).not.toEqual(alive);
  expect(await css(bubble(entry), "outline-style")).toBe("dashed");
  await expect(entry.getByTitle(/^Deleted on Telegram, seen/)).toBeVisible();
});

/** What each service message says. */
const SERVICE: [name: string, says: RegExp][] = [
  ["topic_create", /^.+ opened the topic “Formatting tests”$/],
  ["pin_message", /^.+ pinned a message “answering a part of it”$/],
  ["chat_add_user", /^.+ added .*健二/],
  ["chat_edit_title", /^.+ changed the name to “Lantern — open project”$/],
  ["chat_delete_user", /^.+ removed .*健二/],
  ["phone_call", /^Call, 1[23]/],
  ["chat_joined_by_link", /^.+ joined by an invitation link$/],
  ["chat_edit_photo", /^.+ changed the picture$/],
  ["chat_delete_photo", /^.+ removed the picture$/],
  ["chat_joined_by_request", /^.+ was let in$/],
  ["channel_migrate_from", /^This supergroup was the group “Lantern meet-up”$/],
  ["group_call", /^.+ started a video chat$/],
  ["topic_edit", /^.+ changed the topic$/],
  ["contact_sign_up", /^.+ joined Telegram$/],
  ["set_messages_ttl", /^.+ changed the auto-delete timer$/],
  ["screenshot_taken", /^.+ took a screenshot$/],
  ["set_chat_theme", /^.+ changed the theme$/],
  ["boost_apply", /^.+ boosted the group$/],
  ["history_clear", /^The history was cleared$/],
  ["paid_messages_price", /^.+: paid messages price$/],
  ["chat_create", /^.+ created the group “Lantern beginners”$/],
];

const service = (m: Message) => (m.body?.type === "service" ? (m.body as BodyOf<"service">) : undefined);

test("a service message is a line in the middle that says what happened", async ({ archive, showcase }) => {
  test.slow();
  for (const [name, says] of SERVICE)
    await test.step(name, async () => {
      const m = showcase.find((x) => service(x)?.name === name, name);
      const entry = await at(archive, m);
      const line = entry.getByText(says).first();
      await expect(line).toBeVisible();
      const [pill, scroller] = [await box(line), await box(archive.locator("#messages"))];
      expect(Math.abs(pill.x + pill.width / 2 - scroller.x - scroller.width / 2)).toBeLessThan(12);
      expect((await colour(line, "background-color"))[3]).toBeGreaterThan(100);
    });
});

test("a service message: a missed call", async ({ archive, showcase }) => {
  const m = showcase.find((x) => service(x)?.name === "phone_call" && service(x)?.data.reason === "missed");
  await expect((await at(archive, m)).getByText("Missed call", { exact: true })).toBeVisible();
});

test("a pinned message leads to what is pinned", async ({ archive, showcase }) => {
  const m = showcase.find((x) => service(x)?.name === "pin_message");
  const entry = await at(archive, m);
  await entry.getByRole("button", { name: "“answering a part of it”" }).click();
  await expect(message(archive, m.reply?.id ?? 0)).toBeInViewport();
});

for (const name of [
  "messageMediaToDo",
  "messageMediaGiveaway",
  "messageMediaStory",
  "messageMediaUnsupported",
])
  test(`unknown content (${name}) is a card with its raw data`, async ({ archive, showcase }) => {
    const m = showcase.find((x) => x.body?.type === "other" && x.body.constructor === (name as never), name);
    const entry = await at(archive, m);
    await expect(entry.getByText(name.replace("messageMedia", ""), { exact: true })).toBeVisible();
    await entry.getByRole("button", { name: "Raw data" }).click();
    await expect(archive.getByRole("heading", { name: "Raw data" })).toBeVisible();
    await expect(archive.getByText(/^([0-9a-f]{2}\s?){20,}/)).toBeVisible();
  });

test("an invoice is a card with its raw data", async ({ archive, showcase }) => {
  const m = showcase.find((x) => x.kind === "invoice");
  const entry = await at(archive, m);
  await expect(entry.getByText("Invoice").first()).toBeVisible();
  await expect(entry.getByRole("button", { name: "Raw data" })).toBeVisible();
});

test("messages of one sender stand together: the name once, the picture once", async ({
  archive,
  showcase,
}) => {
  const first = showcase.find((m) => m.kind === "contact");
  const second = showcase.find((m) => m.kind === "geo");
  const entry = await at(archive, second);
  const above = message(archive, first.id);
  await expect(above.getByRole("button", { name: /^Ana/ })).toBeVisible();
  await expect(entry.getByRole("button", { name: /^Ana/ })).toHaveCount(0);
  const [a, b] = [await box(bubble(above)), await box(bubble(entry))];
  expect(b.y - a.y - a.height).toBeGreaterThanOrEqual(0);
  expect(b.y - a.y - a.height).toBeLessThan(8);
  expect(a.x).toBe(b.x);
  const group = above.locator("xpath=ancestor::*[.//button[@tabindex='-1']][1]");
  const face = group.locator("button[tabindex='-1'] img");
  await expect(face).toHaveCount(1);
  await decoded(face);
  expect((await box(face)).x).toBeLessThan(a.x);
});

test("senders have colours of their own", async ({ archive, showcase }) => {
  const seen = new Map<number, string>();
  for (const text of ["forwarded with thanks", "sent without a sound", "Read this first"]) {
    const m = showcase.said(text);
    if (!m.sender) continue;
    await at(archive, m);
    const name = archive.getByRole("button", { name: m.sender.name ?? "-", exact: true }).first();
    await expect(name).toBeAttached();
    seen.set(m.sender.colour, await css(name, "color"));
  }
  expect(seen.size).toBeGreaterThan(1);
  expect(new Set(seen.values()).size).toBe(seen.size);
});

test("each day has its date, and the day one reads floats on top", async ({ archive, showcase }) => {
  const m = showcase.said("The complete packing list");
  const entry = await at(archive, m);
  const scroller = archive.locator("#messages");
  const dates = scroller.getByRole("button", { name: /\d{4}$|Today|Yesterday|\d \w+$/ });
  const texts = await dates.allInnerTexts();
  expect(texts.length).toBeGreaterThan(0);
  expect(new Set(texts).size).toBe(texts.length);
  // As somebody scrolls: where one was led to is held against anything else.
  await scroller.hover();
  await archive.mouse.wheel(0, 40);
  const top = (await box(scroller)).y;
  const floating = async () => {
    for (const date of await dates.all()) {
      const at = await date.boundingBox();
      const shown = await date.evaluate((e) => Number(getComputedStyle(e.parentElement ?? e).opacity) > 0.9);
      if (at && shown && at.y - top >= 0 && at.y - top < 40) return true;
    }
    return false;
  };
  await archive.mouse.wheel(0, 60);
  await expect.poll(floating).toBe(true);
  await expect(entry).toBeInViewport();
  // It goes away when nobody scrolls.
  await expect.poll(floating).toBe(false);
});
