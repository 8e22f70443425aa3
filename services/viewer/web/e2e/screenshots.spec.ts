import { expect, messages, test } from "./world";

/** Every page in both themes and sizes, into an ignored folder: to be looked at. `SCREENSHOTS` names the folder. */
const folder = process.env.SCREENSHOTS;
test.skip(!folder, "SCREENSHOTS is not set");

for (const theme of ["light", "dark"] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });

    test("pages", async ({ archive }, info) => {
      const shot = (name: string) =>
        archive.screenshot({ path: `${folder}/${name}-${theme}-${info.project.name}.png` });
      await shot("chats");
      const links = archive.getByRole("list", { name: "Chats" }).getByRole("link");
      await expect(links.first()).toBeVisible();
      const addresses = await links.evaluateAll((all) => all.map((a) => a.getAttribute("href") ?? ""));
      for (const [i, address] of addresses.slice(0, 12).entries()) {
        await archive.goto(address);
        await expect(messages(archive).first()).toBeVisible();
        await archive.waitForLoadState("networkidle").catch(() => undefined);
        await shot(`chat-${i}`);
      }
      for (const path of ["incidents", "status", "account", "settings"]) {
        await archive.goto(`/${path}`);
        await expect(archive.getByRole("heading", { level: 1 }).first()).toBeAttached();
        await archive.waitForLoadState("networkidle").catch(() => undefined);
        await shot(path);
      }
    });
  });
}
