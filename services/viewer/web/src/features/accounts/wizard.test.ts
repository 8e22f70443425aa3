import { expect, it } from "vitest";
import type { TelegramState } from "~/api/types";
import { nextForm, qrPause } from "./wizard";

const refused = (refusal: string) =>
  ({ state: "refused", refusal, until: null, message: "" }) as TelegramState;

it("asks again for what was wrong", () => {
  expect(nextForm("code", refused("wrong_code"))).toBe("code");
  expect(nextForm("password", refused("wrong_password"))).toBe("password");
  expect(nextForm("phone", refused("wrong_phone"))).toBe("phone");
});

it("begins anew when a code is too old, and stays where it is while Telegram asks for patience", () => {
  expect(nextForm("code", refused("code_expired"))).toBe("phone");
  expect(nextForm("password", refused("wait"))).toBe("password");
});

it("goes on as Telegram says", () => {
  expect(nextForm("phone", { state: "code_sent", by: "app", length: 5 } as TelegramState)).toBe("code");
  expect(nextForm("code", { state: "password_needed", hint: null } as TelegramState)).toBe("password");
  expect(nextForm("qr", { state: "password_needed", hint: null } as TelegramState)).toBe("password");
});

it("asks for a QR code again before it expires, after what failed, and when Telegram's patience is back", () => {
  const qr = (expires: number) => ({ state: "qr", url: "tg://login?token=a", expires }) as TelegramState;
  expect(qrPause(qr(130), 100)).toBe(3);
  expect(qrPause(qr(104), 100)).toBe(2);
  expect(qrPause(qr(90), 100)).toBe(0.5);
  expect(qrPause(undefined, 100)).toBe(3);
  expect(qrPause({ ...refused("wait"), until: 160 } as TelegramState, 100)).toBe(60);
  expect(qrPause(refused("wait"), 100)).toBe(3);
});
