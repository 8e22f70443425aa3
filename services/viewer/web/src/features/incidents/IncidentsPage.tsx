import { createMemo, createResource, For, type JSX, onCleanup, Show } from "solid-js";
import { incidents as api } from "~/api/calls";
import { listen } from "~/api/events";
import { Empty } from "~/components/Empty";
import { Page } from "~/components/Page";
import { Spinner } from "~/components/Spinner";
import { errorText } from "~/components/toast";
import { t } from "~/i18n";
import { answer } from "~/primitives/answer";
import { countIncidents } from "./count";
import { IncidentCard } from "./IncidentCard";
import s from "./incidents.module.css";

export function IncidentsPage(): JSX.Element {
  const [list, { refetch }] = createResource(() => api.list().then((x) => x.incidents));
  const reload = () => {
    void refetch();
    void countIncidents();
  };
  onCleanup(listen({ change: (c) => c.kind === "incident" && reload(), reload }));
  const all = () => answer(list) ?? [];
  const open = createMemo(() => all().filter((i) => i.state === "open"));
  const decided = createMemo(() => all().filter((i) => i.state !== "open"));
  return (
    <Page title={t("incidents.title")}>
      <p class={s.intro}>{t("incidents.intro")}</p>
      <Show when={list.error || answer(list)} fallback={<Spinner />}>
        <Show when={!list.error} fallback={<Empty icon="warn" title={errorText(list.error)} />}>
          <h2 class={s.heading}>{t("incidents.open")}</h2>
          <Show when={open().length > 0} fallback={<Empty icon="shield" title={t("incidents.none")} />}>
            <For each={open()}>{(incident) => <IncidentCard incident={incident} onDecided={reload} />}</For>
          </Show>
          <Show when={decided().length > 0}>
            <h2 class={s.heading}>{t("incidents.decided")}</h2>
            <For each={decided()}>
              {(incident) => <IncidentCard incident={incident} onDecided={reload} />}
            </For>
          </Show>
        </Show>
      </Show>
    </Page>
  );
}
