import { type JSX, Show } from "solid-js";
import { Button } from "~/components/Button";
import { t } from "~/i18n";
import { shortDateTime } from "~/i18n/format";
import type { Search } from "./createSearch";
import s from "./SearchMore.module.css";

/** The way on: to more hits, or further back where a request ended before the archive did. */
export function SearchMore(props: { search: Search }): JSX.Element {
  return (
    <Show when={props.search.hasMore() && !props.search.busy()}>
      <Show when={props.search.reached()}>
        {(date) => (
          <p class={s.reached} role="status">
            {t("search.reached", { date: shortDateTime(date()) })}
          </p>
        )}
      </Show>
      <Button class={s.more ?? ""} onClick={props.search.more}>
        {t(props.search.reached() === undefined ? "app.more" : "search.goOn")}
      </Button>
    </Show>
  );
}
