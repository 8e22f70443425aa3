import { expect, it } from "vitest";
import { safeUrl, saysItself, telegramMessage } from "./links";

it("makes links of a few schemes only", () => {
  expect(safeUrl("example.org/a")).toBe("https://example.org/a");
  expect(safeUrl("example.org:8080/a")).toBe("https://example.org:8080/a");
  expect(safeUrl("HTTP://example.org")).toBe("http://example.org/");
  expect(safeUrl("tg://resolve?domain=x")).toBe("tg://resolve?domain=x");
  for (const bad of [
    "javascript:alert(1)",
    "data:text/html,x",
    "JaVaScRiPt:alert(1)",
    "file:///etc/passwd",
    "vbscript:x",
    "",
    "http://",
  ]) {
    expect(safeUrl(bad), bad).toBeUndefined();
  }
});

it("finds archived messages behind Telegram's links", () => {
  expect(telegramMessage("https://t.me/c/1234/99")).toEqual({ chat: -1000000001234, message: 99 });
  expect(telegramMessage("https://t.me/c/1234/5/99")).toEqual({ chat: -1000000001234, message: 99 });
  expect(telegramMessage("https://t.me/durov/1")).toBeUndefined();
});

it("asks only where text and address differ", () => {
  expect(saysItself("example.org", "https://www.example.org/")).toBe(true);
  expect(saysItself("my bank", "https://evil.example")).toBe(false);
});
