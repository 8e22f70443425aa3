import { createMemo, createResource, createSignal, For, type JSX, Show } from "solid-js";
import { chats, status } from "~/api/calls";
import type { Coverage } from "~/api/types";
import { Button } from "~/components/Button";
import { Card } from "~/components/Page";
import { Spinner } from "~/components/Spinner";
import { t } from "~/i18n";
import { createInView } from "~/primitives/createInView";
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
  const shown = createMemo(() => (list() ?? []).filter((c) => !onlyHoles() || !isComplete(c)));
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
                <LazyRow coverage={c} account={props.account} />
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

const isComplete = (c: Coverage) => c.permille === 1000;

/** The list does not name ranges: those of a chat with holes are asked for when its row is seen. */
function LazyRow(props: { coverage: Coverage; account: number }): JSX.Element {
  const [look, inView] = createInView("200px");
  const wanted = createMemo<boolean>((before) => before || (inView() && !isComplete(props.coverage)), false);
  const [ranges] = createResource(
    () => wanted() && { account: props.account, chat: props.coverage.chat },
    (key) => chats.coverage(key).catch(() => undefined),
  );
  const whole = () => [{ first_id: 1, last_id: props.coverage.known_through }];
  const known = () =>
    isComplete(props.coverage) ? { ...props.coverage, covered: whole() } : (ranges() ?? props.coverage);
  return (
    <div ref={look}>
      <CoverageRow coverage={{ ...known(), title: props.coverage.title }} linked={props.account} />
    </div>
  );
}
