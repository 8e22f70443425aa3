import { A } from "@solidjs/router";
import { For, type JSX, Show } from "solid-js";
import type { Coverage } from "~/api/types";
import { t } from "~/i18n";
import { at, number, percent } from "~/i18n/format";
import s from "./status.module.css";
import { strip } from "./strip";

/** The ids of a chat as a strip from the first to the newest known: covered parts filled, holes left open. */
export function CoverageRow(props: { coverage: Coverage; linked?: number }): JSX.Element {
  const c = () => props.coverage;
  const title = () => c().title ?? String(c().chat);
  const notes = () =>
    [
      c().holes.length > 0 ? t("status.holes", { n: c().holes.length }) : "",
      c().permille === 1000 ? t("status.complete") : "",
      c().unverified > 0 ? t("status.unverified", { n: c().unverified }) : "",
      c().open_passes > 0 ? t("status.passesOpen", { n: c().open_passes }) : "",
      c().verified_at === null ? "" : t("status.verified", { date: at(c().verified_at ?? 0) }),
    ].filter(Boolean);
  return (
    <div class={s.cover}>
      <div class={s.coverHead}>
        <Show when={props.linked !== undefined} fallback={<strong>{t("status.coverage")}</strong>}>
          <A href={`/c/${props.linked}/${c().chat}`} dir="auto">
            {title()}
          </A>
        </Show>
        <strong>{percent(c().permille)}</strong>
      </div>
      <svg
        class={s.strip}
        viewBox="0 0 1000 10"
        preserveAspectRatio="none"
        role="img"
        aria-label={t("status.coverageOf", { percent: percent(c().permille), title: title() })}
      >
        <For each={strip(c().covered, c().known_through)}>
          {(part) => <rect class={s.covered} x={part.x} width={part.width} y="0" height="10" />}
        </For>
        <For each={strip(c().holes, c().known_through)}>
          {(part) => (
            <rect class={s.hole} x={part.x} width={part.width} y="0" height="10">
              <title>{t("status.hole", { first: part.first, last: part.last })}</title>
            </rect>
          )}
        </For>
      </svg>
      <div class={s.muted}>
        {notes().join(" · ")} · {t("chat.messages", { n: c().stored })}
        <Show when={c().known_through > 0}>
          <span dir="ltr"> (1–{number(c().known_through)})</span>
        </Show>
      </div>
    </div>
  );
}
