import { createMemo, type JSX, onCleanup, onMount, Show } from "solid-js";
import { encode } from "uqr";
import type { TelegramState } from "~/api/types";
import { Spinner } from "~/components/Spinner";
import { t } from "~/i18n";
import s from "./accounts.module.css";
import { qrPause } from "./wizard";

/** A QR code, asked for as long as it is shown: each answer renews it, and tells whether it was scanned. */
export function Qr(props: {
  url: string | undefined;
  /** The answer, if there was one. */
  onAsk: () => Promise<TelegramState | undefined>;
}): JSX.Element {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let gone = false;
  const ask = async () => {
    const state = await props.onAsk();
    if (!gone) timer = setTimeout(() => void ask(), qrPause(state, Date.now() / 1000) * 1000);
  };
  onMount(() => void ask());
  onCleanup(() => {
    gone = true;
    clearTimeout(timer);
  });
  return (
    <div class={s.qr}>
      <h2>{t("account.qrTitle")}</h2>
      <Show when={props.url} fallback={<Spinner />}>
        {(url) => <Code url={url()} />}
      </Show>
      <ol class={s.steps}>
        <li>{t("account.qrStep1")}</li>
        <li>{t("account.qrStep2")}</li>
        <li>{t("account.qrStep3")}</li>
      </ol>
    </div>
  );
}

function Code(props: { url: string }): JSX.Element {
  const code = createMemo(() => encode(props.url, { border: 2 }));
  const path = () =>
    code()
      .data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")))
      .join("");
  return (
    <svg
      class={s.code}
      viewBox={`0 0 ${code().size} ${code().size}`}
      role="img"
      aria-label={t("account.qrAlt")}
      shape-rendering="crispEdges"
    >
      <path d={path()} />
    </svg>
  );
}
