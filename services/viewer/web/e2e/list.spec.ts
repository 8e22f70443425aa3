import type { Page } from "@playwright/test";
import type { Chat } from "../src/api/types";
import { ask, expect, test } from "./world";

/** The list of chats: its folders and its archive. */

const chats = async (page: Page, query: string) =>
  (await ask<{ chats: Chat[] }>(page, `chats?limit=500${query}`)).chats;

const titles = (all: Chat[]) => all.map((c) => c.title ?? "").sort();

test("a folder shows its chats only, and All shows all again", async ({ archive }) => {
  const clubs = await chats(archive, "&folder=2");
  const folders = archive.getByRole("navigation", { name: "Folders" });
  await folders.getByRole("button", { name: "Clubs" }).click();
  const rows = archive.getByRole("list", { name: "Chats" }).getByRole("listitem");
  await expect(rows).toHaveCount(clubs.length);
  for (const title of titles(clubs)) await expect(rows.filter({ hasText: title })).toHaveCount(1);
  await expect(folders.getByRole("button", { name: "Clubs" })).toHaveAttribute("aria-pressed", "true");
  await folders.getByRole("button", { name: "All" }).click();
  await expect.poll(() => rows.count()).toBeGreaterThan(clubs.length);
});

test("archived chats stand behind a row of their own", async ({ archive }) => {
  const away = (await chats(archive, "")).filter((c) => c.archived);
  expect(away.length).toBeGreaterThan(0);
  const rows = archive.getByRole("list", { name: "Chats" }).getByRole("listitem");
  await expect(rows.first()).toBeVisible();
  const row = archive.getByRole("button", { name: /^Archived/ });
  for (const title of titles(away)) {
    await expect(rows.filter({ hasText: title })).toHaveCount(0);
    await expect(row).toContainText(title);
  }
  await row.click();
  await expect(rows).toHaveCount(away.length);
  for (const title of titles(away)) await expect(rows.filter({ hasText: title })).toHaveCount(1);
  await archive.getByRole("button", { name: /^Archived/ }).click();
  await expect.poll(() => rows.count()).toBeGreaterThan(away.length);
});
