import { A } from "@solidjs/router";
import { type JSX, Show } from "solid-js";
import type { AccountStatus } from "~/api/types";
import { Card } from "~/components/Page";
import { type Key, t } from "~/i18n";
import { duration, shortDateTime } from "~/i18n/format";
import { createNow } from "~/primitives/now";
import s from "./status.module.css";

/** The words of the service, as ours. */
const STATES: Record<string, [Key, "good" | "warn" | "bad"]> = {
  ready: ["status.state.ready", "good"],
  "flood wait": ["status.state.flood", "warn"],
  "login required": ["status.state.login", "bad"],
  connecting: ["status.state.connecting", "warn"],
  starting: ["status.state.starting", "warn"],
  "waiting for the account's lease": ["status.state.lease", "warn"],
  "not running": ["status.state.down", "bad"],
};

/** Whether the archive is connected, waits (and how long), or needs a person. */
export function CaptureCard(props: { status: AccountStatus }): JSX.Element {
  const now = createNow();
  const c = () => props.status.capture;
  const state = () => STATES[c().state];
  const left = () => Math.max(0, (c().until ?? 0) - now());
  const share = () => {
    const run = c().run;
    if (!run) return 0;
    const [done, all] =
      run.messages_expected > 0 ? [run.messages, run.messages_expected] : [run.chats_done, run.chats_total];
    return all > 0 ? Math.min(1, done / all) : 0;
  };
  return (
    <Card title={t("status.capture")}>
      <div class={s.capture} data-tone={state()?.[1] ?? "warn"}>
        <span class={s.lamp} aria-hidden="true" />
        <div class={s.captureText}>
          <strong>{state() ? t(state()?.[0] as Key) : c().state}</strong>
          <span>{t(c().live ? "status.live" : "status.notLive")}</span>
          <Show when={c().reason}>
            <span dir="auto">{c().reason}</span>
          </Show>
          <Show when={left() > 0}>
            <span class={s.countdown} role="timer">
              {t("status.floodLeft", { span: duration(left() * 1000) })}
            </span>
          </Show>
          <Show when={c().state === "login required"}>
            <A href="/account">{t("nav.account")}</A>
          </Show>
        </div>
        <span class={s.next}>
          {c().next_run
            ? t("status.nextRun", { date: shortDateTime(c().next_run ?? 0) })
            : t("status.noNextRun")}
        </span>
      </div>
      <Show when={c().run}>
        {(run) => (
          <div class={s.run}>
            <div class={s.runHead}>
              <strong>{t("status.running")}</strong>
              <span>
                {t("status.runProgress", {
                  done: run().chats_done,
                  total: run().chats_total,
                  n: run().messages,
                })}
                <Show when={run().expected_end}>
                  {(end) => <> · {t("status.expectedEnd", { date: shortDateTime(end()) })}</>}
                </Show>
              </span>
            </div>
            <progress class={s.progress} max="1" value={share()} aria-label={t("status.running")} />
          </div>
        )}
      </Show>
    </Card>
  );
}
