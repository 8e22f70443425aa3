import type { TelegramState } from "~/api/types";

export type WizardForm = "phone" | "code" | "password" | "qr";

const QR_SECONDS = 3;
/** The code is renewed so long before it expires. */
const QR_AHEAD_SECONDS = 2;

/**
 * Seconds until a QR code is asked for again: every few, for the answer is where a scan is heard of. `state` is what was
 * answered, `undefined` where nothing was; `now` in Unix seconds.
 */
export function qrPause(state: TelegramState | undefined, now: number): number {
  if (state?.state === "qr")
    return Math.max(0.5, Math.min(QR_SECONDS, state.expires - now - QR_AHEAD_SECONDS));
  if (state?.state === "refused") return Math.max(QR_SECONDS, (state.until ?? 0) - now);
  return QR_SECONDS;
}

/** Which form comes next: what was wrong is asked again, what cannot go on begins anew. */
export function nextForm(now: WizardForm, state: TelegramState): WizardForm {
  switch (state.state) {
    case "code_sent":
      return "code";
    case "password_needed":
      return "password";
    case "qr":
      return "qr";
    case "refused":
      switch (state.refusal) {
        case "wrong_code":
          return "code";
        case "wrong_password":
          return "password";
        case "wait":
          return now;
        default:
          return "phone";
      }
    default:
      return "phone";
  }
}
