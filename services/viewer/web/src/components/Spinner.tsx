import type { JSX } from "solid-js";
import { t } from "~/i18n";
import s from "./Spinner.module.css";

export function Spinner(props: { class?: string }): JSX.Element {
  return (
    <span class={`${s.wrap} ${props.class ?? ""}`} role="status">
      <span class={s.spinner} />
      <span class="visually-hidden">{t("app.loading")}</span>
    </span>
  );
}
