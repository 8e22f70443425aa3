import type { Page } from "@playwright/test";
import type { Incident } from "../src/api/types";
import { CHATS, post, remove, unique } from "./telegram";
import { archived, expect, goToChat, message, openMenu, test, untilArchived } from "./world";

/** Above what the guard lets through by default: ten in thirty seconds. */
const ATTACK = 30;
const ADMITTED = 10;

const VICTIMS = {
  desktop: { approved: CHATS.bakery, rejected: CHATS.cricket },
  mobile: { approved: CHATS.choir, rejected: CHATS.books },
};

type Chat = { id: number; title: string };

/** Messages of our own, so that nobody else misses them; answers their ids, all deleted on Telegram. */
async function attack(page: Page, chat: Chat): Promise<number[]> {
  const words = unique();
  const ids: number[] = [];
  for (let n = 0; n < ATTACK; n++) ids.push(await post(chat, `${words} ${n}`));
  await untilArchived(page, chat, ids);
  await remove(chat, ids);
  return ids;
}

const deleted = async (page: Page, chat: Chat, ids: number[]) =>
  (await archived(page, chat, ids)).filter((m) => m.deleted_at !== null).length;

/** The open incident of a chat, on the page of incidents. */
const openIncident = (page: Page, chat: Chat) =>
  page
    .getByRole("article")
    .filter({ hasText: chat.title })
    .filter({ has: page.getByRole("button", { name: "Let through" }) });

const held = (page: Page, chat: Chat) =>
  expect
    .poll(
      async () => {
        const { incidents } = (await (await page.request.get("/api/v1/incidents?state=open")).json()) as {
          incidents: Incident[];
        };
        return incidents.find((i) => i.chat?.id === chat.id)?.deletions;
      },
      { timeout: 30_000 },
    )
    .toBe(ATTACK - ADMITTED);

test("an attack is held, and let through by the administrator it leaves ghosts", async ({
  archive,
}, info) => {
  const chat = VICTIMS[info.project.name as keyof typeof VICTIMS].approved;
  await openMenu(archive, "Incidents");
  await expect(archive.getByRole("heading", { name: "Waiting for you" })).toBeVisible();
  const incident = openIncident(archive, chat);
  await expect(incident).toHaveCount(0);
  const ids = await attack(archive, chat);
  await held(archive, chat);
  expect(await deleted(archive, chat, ids)).toBe(ADMITTED);
  await expect(incident).toContainText(`${ATTACK - ADMITTED} deletions`);
  await incident.getByRole("button", { name: "Show the messages" }).click();
  await expect(incident.getByRole("listitem")).toHaveCount(ATTACK - ADMITTED);
  await expect(incident.getByRole("listitem").first()).toContainText("would be deleted");

  await incident.getByRole("button", { name: "Let through" }).click();
  const confirm = archive.getByRole("dialog");
  await expect(confirm).toContainText(`Let ${ATTACK - ADMITTED} changes through?`);
  await confirm.getByRole("button", { name: "Let through" }).click();
  await expect(archive.getByText(`${ATTACK - ADMITTED} changes decided.`)).toBeVisible();
  await expect(incident).toHaveCount(0);

  await expect.poll(() => deleted(archive, chat, ids)).toBe(ATTACK);
  await goToChat(archive, chat, ids.at(-1));
  await expect(message(archive, ids.at(-1) ?? 0)).toBeInViewport();
  for (const id of ids.slice(-3)) await expect(message(archive, id).getByTitle(/^Deleted/)).toBeAttached();
});

test("an attack that is refused changes nothing, and stays in view as decided", async ({ archive }, info) => {
  const chat = VICTIMS[info.project.name as keyof typeof VICTIMS].rejected;
  await goToChat(archive, chat);
  const ids = await attack(archive, chat);
  await held(archive, chat);
  const kept = (await archived(archive, chat, ids)).filter((m) => m.deleted_at === null).map((m) => m.id);
  expect(kept).toHaveLength(ATTACK - ADMITTED);
  const one = kept.at(-2) ?? 0;
  await expect(message(archive, one)).toContainText("1 change is held in an incident");

  await archive.goto("/");
  await expect(archive.getByRole("img", { name: /^Incidents: \d+$/ })).toBeVisible();
  await openMenu(archive, "Incidents");
  const incident = openIncident(archive, chat);
  await incident.getByRole("button", { name: "Keep as it was" }).click();
  const confirm = archive.getByRole("dialog");
  await confirm.getByRole("button", { name: "Cancel" }).click();
  await expect(confirm).toHaveCount(0);
  await incident.getByRole("button", { name: "Keep as it was" }).click();
  await confirm.getByRole("button", { name: "Keep as it was" }).click();
  await expect(incident).toHaveCount(0);
  const decided = archive.getByRole("article").filter({ hasText: chat.title });
  await expect(decided.first()).toContainText("kept as it was");

  await goToChat(archive, chat, one);
  await expect(message(archive, one)).toBeInViewport();
  await expect(message(archive, one)).not.toContainText("held");
  expect(await deleted(archive, chat, ids)).toBe(ADMITTED);
  await expect(message(archive, one).getByTitle(/^Deleted/)).toHaveCount(0);
});
