import { createEffect, createMemo, type JSX, onCleanup } from "solid-js";
import { encode } from "uqr";
import { t } from "~/i18n";
import s from "./accounts.module.css";

/** How long the server waits for the scan when it is asked again. */
const AHEAD_SECONDS = 2;

/** A QR code that is renewed before it expires; each renewal also hears whether it was scanned. */
export function Qr(props: { url: string; expires: number; onRefresh: () => Promise<void> }): JSX.Element {
  const code = createMemo(() => encode(props.url, { border: 2 }));
  const path = () =>
    code()
      .data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")))
      .join("");
  createEffect(() => {
    const left = props.expires - Date.now() / 1000 - AHEAD_SECONDS;
    // Asked every few seconds: the answer is where a scan is heard of.
    const timer = setTimeout(() => void props.onRefresh(), Math.max(500, Math.min(3, left) * 1000));
    onCleanup(() => clearTimeout(timer));
  });
  return (
    <div class={s.qr}>
      <h2>{t("account.qrTitle")}</h2>
      <svg
        class={s.code}
        viewBox={`0 0 ${code().size} ${code().size}`}
        role="img"
        aria-label={t("account.qrAlt")}
        shape-rendering="crispEdges"
      >
        <path d={path()} />
      </svg>
      <ol class={s.steps}>
        <li>{t("account.qrStep1")}</li>
        <li>{t("account.qrStep2")}</li>
        <li>{t("account.qrStep3")}</li>
      </ol>
    </div>
  );
}
