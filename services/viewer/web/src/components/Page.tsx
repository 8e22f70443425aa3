import { useNavigate } from "@solidjs/router";
import type { JSX } from "solid-js";
import { t } from "~/i18n";
import { createTitle } from "~/lib/title";
import { IconButton } from "./IconButton";
import s from "./Page.module.css";

/** A page beside the chat list: a title, and what belongs under it. */
export function Page(props: { title: string; children: JSX.Element }): JSX.Element {
  const navigate = useNavigate();
  createTitle(() => props.title);
  return (
    <div class={s.page}>
      <header class={s.header}>
        <IconButton icon="back" label={t("app.back")} onClick={() => navigate("/")} />
        <h1>{props.title}</h1>
      </header>
      <div class={s.scroller} tabIndex={0}>
        <div class={s.content}>{props.children}</div>
      </div>
    </div>
  );
}

export function Card(props: { title?: string; children: JSX.Element; aside?: JSX.Element }): JSX.Element {
  return (
    <section class={s.card} aria-label={props.title}>
      {props.title ? (
        <div class={s.cardHead}>
          <h2>{props.title}</h2>
          {props.aside}
        </div>
      ) : null}
      {props.children}
    </section>
  );
}
