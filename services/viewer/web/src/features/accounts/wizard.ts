import type { TelegramState } from "~/api/types";

export type WizardForm = "phone" | "code" | "password" | "qr";

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
