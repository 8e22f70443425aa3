import { at, box, colour, css, expect, look as test } from "./showcase";

/** Formatting as it looks, one test for each kind of range. */

const RENDERER = "Testing the renderer";

test("bold", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said(RENDERER));
  const bold = entry.getByText("bold", { exact: true });
  expect(Number(await css(bold, "font-weight"))).toBeGreaterThanOrEqual(600);
  expect(Number(await css(entry.getByText(RENDERER), "font-weight"))).toBeLessThan(600);
});

test("italic", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said(RENDERER));
  expect(await css(entry.getByText("italic", { exact: true }), "font-style")).toBe("italic");
});

test("underline", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said(RENDERER));
  expect(await css(entry.getByText("underlined", { exact: true }), "text-decoration-line")).toBe("underline");
});

test("strike", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said(RENDERER));
  expect(await css(entry.getByText("struck", { exact: true }), "text-decoration-line")).toBe("line-through");
});

test("a spoiler is hidden until it is clicked", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said(RENDERER));
  const cover = entry.getByRole("button", { name: "Hidden text: click to show" });
  const text = entry.getByText("hidden", { exact: true });
  await expect(text).toBeHidden();
  const { width, height } = await box(cover);
  expect(Math.min(width, height)).toBeGreaterThan(10);
  await cover.click();
  await expect(cover).toHaveCount(0);
  await expect(text).toBeVisible();
});

test("code within a line", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said(RENDERER));
  const code = entry.getByText("inline code", { exact: true });
  expect(await css(code, "font-family")).toMatch(/mono/i);
  expect((await colour(code, "background-color"))[3]).toBeGreaterThan(0);
  expect(await colour(code, "color")).not.toEqual(await colour(entry.getByText(RENDERER), "color"));
});

test("formats within each other", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said(RENDERER));
  const both = entry.getByText("both at once");
  expect(await css(both, "font-style")).toBe("italic");
  expect(Number(await css(both, "font-weight"))).toBeGreaterThanOrEqual(600);
  const inside = entry.getByText("struck inside");
  expect(await css(inside, "text-decoration-line")).toBe("line-through");
  expect(Number(await css(inside, "font-weight"))).toBeGreaterThanOrEqual(600);
});

test("a block of code has its language, its lines and its colours", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said("def lantern"));
  await expect(entry.getByText("python", { exact: true })).toBeVisible();
  const code = entry.locator("code");
  expect(await css(code, "white-space")).toBe("pre");
  expect(await css(code, "font-family")).toMatch(/mono/i);
  const line = Number.parseFloat(await css(code, "line-height"));
  expect((await box(code)).height).toBeGreaterThan(4 * line);
  expect(await code.textContent()).toContain('\n    return "🏮" * n\n');
  const word = await colour(code.getByText("def", { exact: true }), "color");
  const string = await colour(code.getByText('"🏮"', { exact: true }), "color");
  expect(word).not.toEqual(string);
  await expect(entry.getByRole("button", { name: "Copy" })).toBeVisible();
});

test("a quotation has a bar, and ends where it ends", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said("A quotation on its own line"));
  const after = entry.getByText("and the text after it");
  const quote = entry
    .getByText("A quotation on its own line")
    .locator("xpath=ancestor-or-self::*[not(contains(., 'and the text'))][last()]");
  expect(Number.parseFloat(await css(quote, "border-inline-start-width"))).toBeGreaterThanOrEqual(2);
  expect((await colour(quote, "border-inline-start-color"))[3]).toBe(255);
  await expect(after).toBeVisible();
  await expect(quote).toContainText("and a second line of it");
});

test("a long quotation starts folded and opens", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said("A long quotation that starts folded"));
  const toggle = entry.getByRole("button", { name: "Show more" });
  const folded = (await box(entry)).height;
  await toggle.click();
  await expect(entry.getByRole("button", { name: "Show less" })).toHaveAttribute("aria-expanded", "true");
  expect((await box(entry)).height).toBeGreaterThan(folded + 20);
  await entry.getByRole("button", { name: "Show less" }).click();
  await expect.poll(async () => (await box(entry)).height).toBe(folded);
});

const LINKS = "Links: https";

test("a link", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said(LINKS));
  const link = entry.getByRole("link", { name: "https://lantern.example/path?q=a&b=1" });
  await expect(link).toHaveAttribute("href", "https://lantern.example/path?q=a&b=1");
  await expect(link).toHaveAttribute("target", "_blank");
  await expect(link).toHaveAttribute("rel", /noopener/);
  expect(await colour(link, "color")).not.toEqual(await colour(entry.getByText("Links:"), "color"));
});

test("a link under other words asks before it leads away", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said(LINKS));
  await entry.getByRole("link", { name: "a named one" }).click();
  const dialog = archive.getByRole("dialog", { name: "Open this link?" });
  await expect(dialog).toContainText("https://lantern.example/named");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toHaveCount(0);
});

for (const [kind, name, href] of [
  ["an e-mail address", "ink@lantern.example", "mailto:ink@lantern.example"],
  ["a phone number", "+34600000000", "tel:+34600000000"],
] as const)
  test(kind, async ({ archive, showcase }) => {
    const entry = await at(archive, showcase.said(LINKS));
    await expect(entry.getByRole("link", { name })).toHaveAttribute("href", href);
  });

for (const [kind, name] of [
  ["a hashtag", "#hashtag"],
  ["a cashtag", "$EUR"],
  ["a bot command", "/help"],
  ["a card number", "4242424242424242"],
] as const)
  test(`${kind} searches the chat`, async ({ archive, showcase }) => {
    const entry = await at(archive, showcase.said(LINKS));
    await entry.getByRole("button", { name, exact: true }).click();
    await expect(archive).toHaveURL(new RegExp(`[?&]q=${literal(encodeURIComponent(name))}`));
  });

test("a mention searches for who is meant", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said(LINKS));
  await entry.getByRole("button", { name: "@maya_l" }).click();
  await expect(archive).toHaveURL(/[?&]q=from%3A(%40|@)maya_l/);
});

test("a mention by name searches for who is meant", async ({ archive, showcase }) => {
  const m = showcase.said(LINKS);
  const user = m.entities.find((e) => e.kind === "mention_name")?.user_id;
  const entry = await at(archive, m);
  await entry.getByRole("button", { name: "Priya", exact: true }).click();
  await expect(archive).toHaveURL(new RegExp(`[?&]q=from%3A${user}`));
});

test("custom emoji are shown by the emoji they stand for", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said("Custom emoji:"));
  for (const emoji of ["🏮", "🐱", "✨"]) {
    const one = entry.getByTitle(emoji);
    await expect(one).toHaveText(emoji);
    const { width, height } = await box(one);
    expect(Math.min(width, height)).toBeGreaterThan(10);
  }
  await expect(entry).toContainText("👩‍👩‍👧 🇪🇸 👍🏽 🏳️‍🌈 ❤️‍🔥");
});

test("HTML in a text is text", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said("<b>This is no HTML"));
  await expect(entry).toContainText("<script>alert(1)</script>");
  await expect(entry.locator("b, i, script")).toHaveCount(0);
});

test("directions in a text do not reach what stands around it", async ({ archive, showcase }) => {
  const entry = await at(archive, showcase.said("Mixed directions"));
  await expect(entry).toContainText("שלום world مرحبا");
  expect(await css(entry.locator("time"), "direction")).toBe("ltr");
});

for (const [text, least] of [
  ["🏮", 60],
  ["🏮🐱✨", 36],
] as const)
  test(`${text} alone is large and has no bubble`, async ({ archive, showcase }) => {
    const entry = await at(
      archive,
      showcase.find((m) => m.text === text),
    );
    const emoji = entry.getByText(text, { exact: true });
    expect(Number.parseFloat(await css(emoji, "font-size"))).toBeGreaterThanOrEqual(least);
    expect((await colour(entry.locator("[data-kind]"), "background-color"))[3]).toBe(0);
  });

test("the longest text is there to its end", async ({ archive, showcase }) => {
  const m = showcase.said("The complete packing list");
  expect(m.text.length).toBeGreaterThan(3900);
  const entry = await at(archive, m);
  await expect(entry).toContainText(m.text.trim().split("\n").at(-1) ?? "");
  expect((await box(entry)).height).toBeGreaterThan(1500);
});

/** For a pattern. */
function literal(text: string) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
