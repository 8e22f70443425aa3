import { For, type JSX, Show } from "solid-js";
import type { Run } from "~/api/types";
import { Card } from "~/components/Page";
import { chatById } from "~/features/chats/store";
import { chatTitle } from "~/features/chats/titles";
import { type Key, t } from "~/i18n";
import { at, span } from "~/i18n/format";
import { Keyed } from "~/primitives/Keyed";
import s from "./status.module.css";

export function RunsCard(props: { runs: Run[] }): JSX.Element {
  const title = (id: number) => {
    const chat = chatById(id);
    return chat ? chatTitle(chat) : String(id);
  };
  // Each answer has new ones: what is open of a run stays open.
  const runs = () => props.runs.map((r) => ({ ...r, key: String(r.id) }));
  return (
    <Card title={t("status.runs")}>
      <ul class={s.runs}>
        <Show when={props.runs.length === 0}>
          <li class={s.muted}>{t("status.noRuns")}</li>
        </Show>
        <Keyed each={runs()}>
          {(r) => (
            <li class={s.runRow} data-bad={r().aborted !== null || r().failures.length > 0 ? "" : undefined}>
              <span class={s.runTitle}>
                <strong>{t("status.run", { n: r().id })}</strong> {t(`status.trigger.${r().trigger}` as Key)}
              </span>
              <span class={s.muted}>
                {at(r().started_at)}
                <Show when={r().finished_at}>
                  {(end) => <>, {t("status.runTook", { span: span((end() - r().started_at) / 1e6) })}</>}
                </Show>
              </span>
              <span class={s.runResult}>
                <Show when={r().finished_at !== null} fallback={t("status.running")}>
                  {t("status.runDone", { chats: r().chats ?? 0, messages: r().messages ?? 0 })}
                </Show>
              </span>
              <Show when={r().aborted}>
                {(reason) => <span class={s.bad}>{t("status.runAborted", { reason: reason() })}</span>}
              </Show>
              <Show when={r().failures.length > 0}>
                <details class={s.failures}>
                  <summary>{t("status.runFailures", { n: r().failures.length })}</summary>
                  <ul>
                    <For each={r().failures}>
                      {(f) => (
                        <li>
                          <bdi>{title(f.chat)}</bdi>: {f.reason}
                        </li>
                      )}
                    </For>
                  </ul>
                </details>
              </Show>
            </li>
          )}
        </Keyed>
      </ul>
    </Card>
  );
}
