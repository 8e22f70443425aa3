import type { Page } from "@playwright/test";

import { CHATS } from "./telegram";
import { archived, ask, expect, goToChat, messages, test } from "./world";

const { lantern } = CHATS;

/** The topics of what is in the page. */
async function topics(page: Page): Promise<Set<number | null>> {
  const ids = await messages(page).evaluateAll((all) =>
    all.flatMap((e) => (e.getAttribute("data-ids") ?? "").split(" ").map(Number)),
  );
  return new Set((await archived(page, lantern, ids)).map((m) => m.topic_id));
}

test("a topic's tab narrows what is shown to the topic, and back", async ({ archive }) => {
  const known = (
    await ask<{ topics: { id: number; title: string }[] }>(archive, `chats/${lantern.id}/topics`)
  ).topics;
  const topic = known.find((t) => t.title === "Formatting tests");
  if (!topic) throw new Error("a topic of the forum");
  await goToChat(archive, lantern);
  await expect.poll(async () => (await topics(archive)).size).toBeGreaterThan(1);
  const tabs = archive.getByRole("navigation", { name: "Topics" });
  await tabs.getByRole("button", { name: topic.title }).click();
  await expect.poll(async () => [...(await topics(archive))]).toEqual([topic.id]);
  await expect(tabs.getByRole("button", { name: topic.title })).toHaveAttribute("aria-pressed", "true");
  await expect(archive).toHaveURL(new RegExp(`topic=${topic.id}`));
  await tabs.getByRole("button", { name: "All topics" }).click();
  await expect.poll(async () => (await topics(archive)).size).toBeGreaterThan(1);
});
