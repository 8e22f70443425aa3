import { expect, it, vi } from "vitest";

vi.mock("~/i18n", () => ({ t: (key: string) => key }));
const { initials, lineDir, plainName, splitName } = await import("./names");

it("takes initials of the first and last word, and whole emoji", () => {
  expect(initials("Ana García López")).toBe("AL");
  expect(initials("🦊 Fox")).toBe("🦊F");
  expect(initials("李伟")).toBe("李");
  expect(initials("  ")).toBe("?");
});

it("cuts a line at the end of its own direction", () => {
  expect(lineDir("12: مرحبا")).toBe("rtl");
  expect(lineDir("hello שלום")).toBe("ltr");
});

it("does not let a name turn around", () => {
  expect(plainName("photo\u202egnp.exe")).toBe("photognp.exe");
});

it("keeps the end of a long name", () => {
  expect(splitName("a report about everything.pdf")).toEqual(["a report about ever", "ything.pdf"]);
});
