import { at, test } from "./showcase";
import { expect } from "./world";

test("arrow keys go from picture to picture, Home and End to the ends, Esc back", async ({
  archive,
  showcase,
  isMobile,
}) => {
  test.skip(isMobile, "no keyboard");
  const entry = await at(archive, showcase.said("Six"));
  await entry.getByRole("button", { name: "Open Photo" }).first().click();
  const viewer = archive.getByRole("dialog", { name: "Viewer" });
  const place = viewer.locator("header").getByText(/\d+ of \d+$/);
  const [, i, n] = /(\d+) of (\d+)$/.exec((await place.textContent()) ?? "")?.map(Number) ?? [];
  if (!i || !n) throw new Error("which picture of how many");
  const isAt = async (at: number) => {
    await expect(place).toHaveText(new RegExp(` ${at} of ${n}$`));
    await expect(viewer.locator("[aria-current=true]")).toHaveAttribute(
      "aria-label",
      new RegExp(` ${at} of `),
    );
  };
  await isAt(i);
  await archive.keyboard.press("ArrowRight");
  await isAt(i + 1);
  await archive.keyboard.press("ArrowRight");
  await isAt(i + 2);
  await archive.keyboard.press("ArrowLeft");
  await isAt(i + 1);
  await archive.keyboard.press("Home");
  await isAt(1);
  await archive.keyboard.press("ArrowLeft");
  await isAt(1);
  await archive.keyboard.press("End");
  await isAt(n);
  await archive.keyboard.press("Escape");
  await expect(viewer).toHaveCount(0);
  await expect(entry).toBeVisible();
});
