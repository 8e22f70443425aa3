import type { Page } from "@playwright/test";
import { CHATS, tell, unique } from "./telegram";
import { chatPath, expect, message, messages, newGroup, once, test } from "./world";

/**
 * What somebody on Telegram may send to hurt whoever reads the archive: nothing runs, nothing is fetched, nothing bursts
 * the page. Messages are posted in the simulated Telegram behind the archive (`SIMULATOR`, its admin API).
 */

const RUN = "window.top.pwned=1";
const SCRIPTS = {
  script: `<script>${RUN}</script>`,
  image: `<img src=x onerror="${RUN}"><iframe srcdoc="<script>${RUN}</script>"></iframe>`,
  svg: `<svg xmlns="http://www.w3.org/2000/svg" onload="${RUN}"><script>${RUN}</script></svg>`,
  style: `<style>*{display:none!important}</style><link rel=stylesheet href=//evil.example/x.css>`,
  url: `javascript:${RUN}`,
  template: `\${${RUN}} {{constructor.constructor('${RUN}')()}} <%= ${RUN} %>`,
  attribute: `" onmouseover="${RUN}" style="position:fixed;inset:0" x="`,
};
const OVERRIDE = "\u202e";
const HUGE = 400_000;
const WIDE = {
  word: "W".repeat(4000),
  stacked: `Z${"\u0351\u0489".repeat(1500)}algo`,
  wideCharacters: "\ufdfd".repeat(800),
  lines: "\n".repeat(3000),
  emoji: "👨‍👩‍👧‍👦".repeat(500),
  overrides: `${OVERRIDE.repeat(200)}evil${"\u2067".repeat(200)}`,
};

type Chat = { id: number; path: string; api: string };

async function chatOf(page: Page): Promise<Chat> {
  const { id } = await newGroup(page, `Strangers ${unique()}`);
  const { accounts } = await (await page.request.get("/api/v1/session")).json();
  return { id, path: chatPath({ id }), api: `/api/v1/accounts/${accounts[0].id}/chats/${id}` };
}

const archived = (page: Page, chat: Chat, id: number) =>
  expect
    .poll(async () => (await page.request.get(`${chat.api}/messages/${id}`)).status(), { timeout: 60_000 })
    .toBe(200);

const post = async (chat: Chat, message: Record<string, unknown>) =>
  (await tell({ do: "post", chat: chat.id, from: CHATS.marta.id, ...message })).id;

/** Nothing ran, and nothing sticks out of the page. `archive` itself fails on foreign requests and on refused ones. */
async function unharmed(page: Page) {
  const state = () =>
    page.evaluate(() => {
      const scroller = document.getElementById("messages");
      return {
        pwned: "pwned" in window,
        foreign: document.querySelectorAll("#root script, iframe, object, embed, link[href*=evil]").length,
        page: document.documentElement.scrollWidth - innerWidth,
        timeline: scroller ? scroller.scrollWidth - scroller.clientWidth : 0,
      };
    });
  // Pictures take their place as they come.
  await expect.poll(state).toEqual({ pwned: false, foreign: 0, page: 0, timeline: 0 });
}

/** The entry stays within the column, and its time within the entry. */
async function within(page: Page, id: number) {
  const entry = message(page, id);
  await expect(entry).toBeAttached();
  await entry.scrollIntoViewIfNeeded();
  const out = await entry.evaluate((e) => {
    const column = document.getElementById("messages")?.getBoundingClientRect();
    if (!column) return ["no column"];
    // The light on a message that was jumped to goes from edge to edge.
    return [e, ...e.querySelectorAll(":not([aria-hidden], [aria-hidden] *)")]
      .filter((x) => {
        const box = x.getBoundingClientRect();
        return box.width > 0 && (box.left < column.left - 1 || box.right > column.right + 1);
      })
      .map((x) => x.outerHTML.slice(0, 120));
  });
  expect(out).toEqual([]);
}

test("what a message says is text", async ({ archive, isMobile }) => {
  once(isMobile);
  test.slow();
  const chat = await chatOf(archive);
  const posted = new Map<number, string>();
  for (const text of Object.values(SCRIPTS)) posted.set(await post(chat, { text }), text);
  await archived(archive, chat, [...posted.keys()].at(-1) ?? 0);
  await archive.goto(chat.path);
  for (const [id, text] of posted) {
    await expect(message(archive, id)).toContainText(text.slice(0, 30));
    await message(archive, id).hover();
  }
  // No link leads where a browser would run it.
  const links = await messages(archive)
    .locator("a[href]")
    .evaluateAll((all) => all.map((a) => a.getAttribute("href") ?? ""));
  expect(links.filter((href) => /^\s*(javascript|data|vbscript|blob):/i.test(href))).toEqual([]);
  await unharmed(archive);

  // In the preview of the list, in search, in the history of an edit, in the raw data.
  const last = await post(chat, { text: "harmless at first" });
  await archived(archive, chat, last);
  await tell({ do: "edit", chat: chat.id, id: last, text: SCRIPTS.image });
  await expect(message(archive, last)).toContainText("<img src=x");
  await archive.goto(`${chat.path}?q=srcdoc`);
  await expect(archive.getByRole("main").getByText("srcdoc").first()).toBeVisible();
  await unharmed(archive);
  await archive.goto("/");
  await expect(archive.getByRole("list", { name: "Chats" }).locator(`a[href="${chat.path}"]`)).toContainText(
    "<img",
  );
  await unharmed(archive);
});

test("titles and names of files are text", async ({ archive, isMobile }) => {
  once(isMobile);
  test.slow();
  const chat = await chatOf(archive);
  const names = [
    `${SCRIPTS.image}.png`,
    `holiday${OVERRIDE}gnp.exe`,
    "../../../../etc/passwd",
    `${"n".repeat(3000)}.pdf`,
  ];
  const ids: number[] = [];
  for (const name of names) {
    const media = { kind: "document", bytes: 500, name, mime: "text/html" };
    ids.push(await post(chat, { text: "", media }));
  }
  const page = { kind: "web_page", url: `javascript:${RUN}`, title: SCRIPTS.svg };
  const preview = await post(chat, { text: "look", media: page });
  const poll = { kind: "poll", question: SCRIPTS.image, answers: [SCRIPTS.script, SCRIPTS.svg] };
  const asked = await post(chat, { text: "", media: poll });
  await archived(archive, chat, asked);
  for (const title of [
    SCRIPTS.image,
    SCRIPTS.attribute,
    `bank${OVERRIDE}knab`,
    "T".repeat(5000),
    WIDE.stacked,
  ]) {
    await tell({ do: "set_title", chat: chat.id, title });
    const shown = async () => (await (await archive.request.get(chat.api)).json()).title;
    await expect.poll(shown, { timeout: 60_000 }).toBe(title);
    await archive.goto("/");
    await expect(
      archive.getByRole("list", { name: "Chats" }).locator(`a[href="${chat.path}"]`),
    ).toBeVisible();
    await unharmed(archive);
    await archive.goto(chat.path);
    await expect(archive.getByRole("heading", { level: 1 })).toContainText(title.slice(0, 10));
    await expect(messages(archive).first()).toBeVisible();
    await unharmed(archive);
  }
  for (const id of [...ids, preview, asked]) {
    await archive.goto(`${chat.path}/${id}`);
    await within(archive, id);
  }
  // The end of a name is its end, whatever turns its letters around; and no name is a path.
  await expect(message(archive, ids[1] ?? 0)).toContainText("gnp.exe");
  expect(await message(archive, ids[1] ?? 0).textContent()).not.toContain(OVERRIDE);
  await expect(message(archive, preview).locator('a[href^="javascript:"]')).toHaveCount(0);
  const downloads = await messages(archive)
    .locator("a[download]")
    .evaluateAll((all) => all.map((a) => a.getAttribute("download") ?? ""));
  expect(downloads.filter((name) => name.includes(OVERRIDE))).toEqual([]);
  // A file is a download, and what it says runs nowhere.
  const url = await message(archive, ids[0] ?? 0)
    .locator("a[href]")
    .first()
    .getAttribute("href");
  if (url) {
    const file = await archive.request.get(url);
    expect(file.headers()["content-disposition"]).toMatch(/^attachment/);
    expect(file.headers()["content-type"]).toBe("application/octet-stream");
  }
  await unharmed(archive);
});

test("nothing is too wide, too high or too long", async ({ archive }) => {
  test.slow();
  const chat = await chatOf(archive);
  const ids: number[] = [];
  for (const text of Object.values(WIDE)) ids.push(await post(chat, { text }));
  // What is above a message of the bus, some 1,000,000 bytes, is kept as a dead letter and shown nowhere.
  const huge = await post(chat, { text: `huge ${"x".repeat(HUGE)}` });
  const after = await post(chat, { text: "and after it", reply_to: huge });
  await archived(archive, chat, after);
  for (const id of [...ids, huge, after]) {
    await archive.goto(`${chat.path}/${id}`);
    await within(archive, id);
    await unharmed(archive);
  }
  await archive.goto(`${chat.path}/${huge}`);
  // The rest comes when it is asked for, and the page goes on.
  const length = () => message(archive, huge).evaluate((e) => e.textContent?.length ?? 0);
  expect(await length()).toBeLessThan(20_000);
  await message(archive, huge).getByRole("button", { name: "Show more" }).click();
  await expect.poll(length).toBeGreaterThan(HUGE);
  await within(archive, huge);
  await unharmed(archive);
  // What turns the direction around ends with its message.
  await archive.goto(`${chat.path}/${after}`);
  const box = await message(archive, after).locator("time").first().textContent();
  expect(box).toMatch(/^\d\d:\d\d$/);
  await archive.goto("/");
  await expect(archive.getByRole("list", { name: "Chats" }).locator(`a[href="${chat.path}"]`)).toBeVisible();
  await unharmed(archive);
});
