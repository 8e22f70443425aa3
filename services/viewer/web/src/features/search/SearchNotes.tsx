import { type JSX, Match, Show, Switch } from "solid-js";
import { t } from "~/i18n";
import type { Search } from "./createSearch";
import s from "./SearchNotes.module.css";

/** How many there are, what was not understood, and what the index does not know yet. */
export function SearchNotes(props: { search: Search }): JSX.Element {
  const first = () => props.search.first();
  return (
    <div class={s.notes} role="status">
      <Show when={first()}>
        {(page) => (
          <Switch
            fallback={
              // Operators alone are not counted: a number is shown when all hits are here.
              <Show when={page().total !== null || !page().next}>
                <p>
                  {t(page().total_is_more ? "search.totalMore" : "search.total", {
                    n: page().total ?? page().hits.length,
                  })}
                </p>
              </Show>
            }
          >
            <Match when={page().unknown.length > 0}>
              <p class={s.warn}>{t("search.unknown", { what: page().unknown.join(" ") })}</p>
            </Match>
            <Match when={props.search.hits().length === 0 && !props.search.hasMore()}>
              <p class={s.none}>{t("search.none")}</p>
              <p>{t("search.noneText")}</p>
            </Match>
          </Switch>
        )}
      </Show>
    </div>
  );
}
