import { createResource, For, type JSX, Show } from "solid-js";
import { status } from "~/api/calls";
import { Card } from "~/components/Page";
import { session } from "~/features/session/session";
import { type Key, t } from "~/i18n";
import { at, bytes, number } from "~/i18n/format";
import { Fact, Facts } from "./Facts";
import s from "./status.module.css";

/** What is archived, counted once a day; nobody is shown it where the archive is set so (`SHOW_STATS`). */
export function StatisticsCard(props: { account: number }): JSX.Element {
  const [stats] = createResource(
    () => session()?.show_stats && props.account,
    (id) => status.statistics(id).catch(() => null),
  );
  return (
    <Show when={stats()}>
      {(x) => (
        <Card
          title={t("status.archive")}
          aside={<span class={s.aside}>{t("status.countedAt", { date: at(x().counted_at) })}</span>}
        >
          <Facts>
            <Fact label={t("status.chats")} value={number(x().chats)} />
            <Fact label={t("status.messages")} value={number(x().messages)} />
            <Fact label={t("status.deleted")} value={number(x().deleted)} />
            <Fact label={t("status.edited")} value={number(x().edited)} />
            <Fact label={t("status.mediaStored")} value={number(x().media_stored)} />
            <Fact label={t("status.mediaBytes")} value={bytes(x().media_bytes)} />
          </Facts>
          <Show when={x().media_skipped.length > 0}>
            <h3 class={s.sub}>{t("status.mediaSkipped")}</h3>
            <ul class={s.skipped}>
              <For each={x().media_skipped}>
                {(k) => (
                  <li>
                    <span>{t(`media.${k.reason}` as Key)}</span>
                    <strong>{number(k.files)}</strong>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        </Card>
      )}
    </Show>
  );
}
