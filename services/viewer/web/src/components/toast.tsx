import { createSignal, For, type JSX } from "solid-js";
import { ApiError } from "~/api/client";
import { t } from "~/i18n";
import s from "./toast.module.css";

type Toast = { id: number; text: string };
const [toasts, setToasts] = createSignal<Toast[]>([]);
let next = 0;

export function toast(text: string) {
  const id = ++next;
  setToasts((all) => [...all.slice(-2), { id, text }]);
  setTimeout(() => setToasts((all) => all.filter((x) => x.id !== id)), 4000);
}

/** What went wrong, in the reader's words where there are some. */
export function errorText(e: unknown): string {
  if (!(e instanceof ApiError)) return String(e);
  if (e.code === "network") return t("error.network");
  if (e.code === "wrong-credentials") return t("error.wrongCredentials");
  if (e.code === "too-many-attempts") return t("error.wait", { n: e.retryAfter ?? 60 });
  return e.message;
}

export const toastError = (e: unknown) => toast(errorText(e));

export function Toasts(): JSX.Element {
  return (
    <div class={s.toasts} role="status" aria-live="polite">
      <For each={toasts()}>{(x) => <div class={s.toast}>{x.text}</div>}</For>
    </div>
  );
}
