import { createEffect, createResource, For, type JSX, onCleanup, Show } from "solid-js";
import { status as api } from "~/api/calls";
import { Empty } from "~/components/Empty";
import { Card, Page } from "~/components/Page";
import { Spinner } from "~/components/Spinner";
import { errorText } from "~/components/toast";
import { isAdmin, session } from "~/features/session/session";
import { t } from "~/i18n";
import { number } from "~/i18n/format";
import { answer } from "~/primitives/answer";
import { createVisible } from "~/primitives/visible";
import { CaptureCard } from "./CaptureCard";
import { CoverageCard } from "./CoverageCard";
import { Fact, Facts } from "./Facts";
import { RunsCard } from "./RunsCard";
import { StatisticsCard } from "./StatisticsCard";

/** From an answer to the next question. */
const PAUSE_MS = 5000;

/** How the archive stands: capture, runs, what is held, and what of each chat is covered. */
export function StatusPage(): JSX.Element {
  return (
    <Page title={t("status.title")}>
      <Show
        when={isAdmin()}
        fallback={<For each={session()?.accounts}>{(a) => <ForReaders account={a.id} />}</For>}
      >
        <ForAdmins />
      </Show>
    </Page>
  );
}

function ForReaders(props: { account: number }): JSX.Element {
  return (
    <>
      <StatisticsCard account={props.account} />
      <CoverageCard account={props.account} />
    </>
  );
}

function ForAdmins(): JSX.Element {
  const [status, { refetch }] = createResource(() => api.all());
  const visible = createVisible();
  createEffect(() => {
    if (status.loading || !visible()) return;
    const timer = setTimeout(() => void refetch(), PAUSE_MS);
    onCleanup(() => clearTimeout(timer));
  });
  const several = () => (session()?.accounts.length ?? 0) > 1;
  const name = (id: number) => session()?.accounts.find((a) => a.id === id)?.name ?? String(id);
  return (
    <Show when={status.error || answer(status)} fallback={<Spinner />}>
      <Show when={answer(status)} fallback={<Empty icon="warn" title={errorText(status.error)} />}>
        {(now) => (
          <>
            <For each={now().accounts.map((a) => a.account)}>
              {(id) => {
                const account = () => now().accounts.find((a) => a.account === id);
                return (
                  <Show when={account()}>
                    {(a) => (
                      <>
                        <Show when={several()}>
                          <h2>{name(id)}</h2>
                        </Show>
                        <CaptureCard status={a()} />
                        <StatisticsCard account={id} />
                        <RunsCard runs={a().runs} />
                        <Card title={t("status.queues")}>
                          <Facts>
                            <Fact label={t("status.pending")} value={number(a().operations_pending)} />
                            <Fact
                              label={t("status.held")}
                              value={number(a().operations_held)}
                              warn={a().operations_held > 0}
                            />
                            <Fact label={t("status.mediaWanted")} value={number(a().media_wanted)} />
                            <Fact label={t("status.searchBehind")} value={number(a().search_behind)} />
                            <Fact
                              label={t("status.deadLetters")}
                              value={number(a().dead_letters)}
                              warn={a().dead_letters > 0}
                            />
                          </Facts>
                        </Card>
                        <CoverageCard account={id} />
                      </>
                    )}
                  </Show>
                );
              }}
            </For>
            <Card title={t("status.version", { version: now().version })}>
              <Facts>
                <Fact
                  label={t("status.database")}
                  value={t(now().database ? "status.answers" : "status.doesNotAnswer")}
                  warn={!now().database}
                />
                <Fact
                  label={t("status.bus")}
                  value={t(now().bus ? "status.answers" : "status.doesNotAnswer")}
                  warn={!now().bus}
                />
                <Fact label={t("status.followers")} value={number(now().followers)} />
              </Facts>
            </Card>
          </>
        )}
      </Show>
    </Show>
  );
}
