import { CHATS, edit, post, react, remove, unique } from "./telegram";
import {
  around,
  expect,
  goToChat,
  message,
  newGroup,
  restingPlace,
  test,
  topOf,
  untilArchived,
} from "./world";

const { club } = CHATS;

test("while one reads in the middle, what happens on Telegram is seen and moves nothing", async ({
  archive,
}, info) => {
  const middle = info.project.name === "mobile" ? 9_000 : 14_000;
  const untouched = (await around(archive, club, middle)).filter(
    (m) => m.kind === "text" && m.versions === 1 && m.edit_date === null && m.deleted_at === null && m.text,
  );
  const [edited, ...later] = untouched;
  if (!edited) throw new Error("a text that nobody touched");
  await goToChat(archive, club, edited.id);
  await expect(message(archive, edited.id)).toBeInViewport();
  // Above what is seen, where a message that grows would push everything down.
  await message(archive, edited.id).evaluate((e) => {
    const scroller = document.querySelector("#messages");
    scroller?.scrollBy(0, e.getBoundingClientRect().bottom - scroller.getBoundingClientRect().top + 40);
  });
  const place = await restingPlace(archive);
  await expect(message(archive, edited.id)).not.toBeInViewport();
  const still = async () => expect(Math.abs((await topOf(archive, place.key)) - place.top)).toBeLessThan(2);

  const words = unique();
  const posted = [await post(club, `${words} one`), await post(club, `${words} two`)];
  await expect(archive.getByRole("button", { name: /^\d+ new messages?$/ })).toBeVisible();
  await still();

  const text = `${words} ${"and a good deal more than before ".repeat(12)}`.trim();
  await edit(club, edited.id, text);
  await expect(message(archive, edited.id)).toContainText(text);
  await expect(message(archive, edited.id)).not.toContainText(edited.text);
  await still();

  const below = await archive.locator("#messages").evaluate((scroller, top) => {
    const entries = [...scroller.querySelectorAll<HTMLElement>("[data-ids]")];
    return entries.filter((e) => e.getBoundingClientRect().top > top + 60).map((e) => Number(e.dataset.ids));
  }, place.top);
  const victim = later.find((m) => below.includes(m.id));
  if (!victim) throw new Error("another text below it");
  await remove(club, [victim.id]);
  const ghost = message(archive, victim.id);
  await expect(ghost.getByTitle(/^Deleted/)).toBeAttached();
  await expect(ghost).toContainText(victim.text.split("\n")[0] ?? "");
  await still();

  await message(archive, edited.id).getByRole("button", { name: "edited" }).click();
  const history = archive.getByRole("complementary", { name: "Edit history" });
  await expect(history.getByRole("listitem")).toHaveCount(2);
  await expect(history.getByRole("listitem").first()).toContainText("shown now");
  await expect(history.getByRole("listitem").last()).toContainText(edited.text.slice(0, 20));
  await history.getByRole("button", { name: "Close" }).click();

  await archive.getByRole("button", { name: /^\d+ new messages?$/ }).click();
  await expect(message(archive, posted[1] ?? 0)).toBeInViewport();
  await expect(archive.getByRole("button", { name: /^\d+ new messages?$/ })).toHaveCount(0);
});

test("whoever reads along at the end stays there, and reactions are counted in place", async ({
  archive,
}) => {
  const words = unique();
  const first = await post(club, `${words} first`);
  await untilArchived(archive, club, [first]);
  await goToChat(archive, club);
  await expect(message(archive, first)).toBeInViewport();
  for (const n of [1, 2, 3]) {
    const id = await post(club, `${words} and ${n}`);
    await expect(message(archive, id)).toBeInViewport();
  }
  await react(club, first, "🔥", 41);
  await expect(message(archive, first)).toContainText("41");
});

test("the list of chats follows", async ({ archive }) => {
  // One of its own: in another one somebody else may have the last word.
  const title = `Followed ${unique()}`;
  const group = await newGroup(archive, title);
  const rows = archive.getByRole("list", { name: "Chats" }).getByRole("link");
  for (const words of [unique(), unique()]) {
    await post(group, words);
    await expect(rows.filter({ hasText: title })).toContainText(words);
  }
});
