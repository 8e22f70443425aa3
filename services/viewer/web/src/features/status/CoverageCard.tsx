import { createMemo, createResource, createSignal, For, type JSX, Show } from "solid-js";
import { status } from "~/api/calls";
import { Button } from "~/components/Button";
import { Card } from "~/components/Page";
import { Spinner } from "~/components/Spinner";
import { t } from "~/i18n";
import { CoverageRow } from "./CoverageRow";
import s from "./status.module.css";

const STEP = 50;

/** What of each chat is covered, those with the most missing first. */
export function CoverageCard(props: { account: number }): JSX.Element {
  const [list] = createResource(
    () => props.account,
    (id) =>
      status.coverage(id).then(
        (c) => c.chats,
        () => [],
      ),
  );
  const [onlyHoles, setOnlyHoles] = createSignal(false);
  const [many, setMany] = createSignal(STEP);
  const shown = createMemo(() => (list() ?? []).filter((c) => !onlyHoles() || c.holes.length > 0));
  return (
    <Card
      title={t("status.coverage")}
      aside={
        <label class={s.check}>
          <input
            type="checkbox"
            checked={onlyHoles()}
            onChange={(e) => setOnlyHoles(e.currentTarget.checked)}
          />
          {t("status.onlyHoles")}
        </label>
      }
    >
      <p class={s.muted}>{t("status.coverageIntro")}</p>
      <Show when={!list.loading} fallback={<Spinner />}>
        <ul class={s.coverage}>
          <For each={shown().slice(0, many())}>
            {(c) => (
              <li>
                <CoverageRow coverage={c} linked={props.account} />
              </li>
            )}
          </For>
        </ul>
        <Show when={shown().length > many()}>
          <Button onClick={() => setMany((n) => n + STEP)}>{t("app.more")}</Button>
        </Show>
      </Show>
    </Card>
  );
}
