import { AxeBuilder } from "@axe-core/playwright";
import { expect, messages, test } from "./world";

/** Nothing serious or critical on any page, in either theme. */
const PAGES = ["/", "/incidents", "/status", "/account", "/settings"];

for (const theme of ["light", "dark"] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });
    for (const path of PAGES) {
      test(`axe finds nothing on ${path}`, async ({ archive }) => {
        await archive.goto(path);
        await expect(archive.locator("[role=status] .spinner")).toHaveCount(0);
        await check(archive);
      });
    }

    test("axe finds nothing in the newest chats", async ({ archive }) => {
      test.slow();
      const links = archive.getByRole("list", { name: "Chats" }).getByRole("link");
      await expect(links.first()).toBeVisible();
      const addresses = await links.evaluateAll((all) =>
        all.slice(0, 6).map((a) => a.getAttribute("href") ?? ""),
      );
      expect(addresses.length).toBeGreaterThan(0);
      for (const address of addresses) {
        await archive.goto(address);
        await expect(messages(archive).first()).toBeVisible();
        await check(archive);
      }
    });
  });
}

async function check(page: import("@playwright/test").Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes[0]?.html}`);
  expect(bad).toEqual([]);
}
