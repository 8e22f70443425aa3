import type { JSX } from "solid-js";
import { t } from "~/i18n";
import { tParts } from "~/i18n/parts";
import s from "./Welcome.module.css";

const mod = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ K" : "Ctrl K";

export function Welcome(): JSX.Element {
  return (
    <div class={`${s.welcome} wall`}>
      <div class={s.card}>
        <h1>{t("app.emptyTitle")}</h1>
        <span>{tParts("app.emptyText", { key: <kbd>{mod}</kbd> })}</span>
      </div>
    </div>
  );
}
