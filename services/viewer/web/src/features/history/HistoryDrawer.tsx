import { createMemo, createResource, For, type JSX, Show } from "solid-js";
import { messages } from "~/api/calls";
import type { Message, Version } from "~/api/types";
import { Drawer } from "~/components/Drawer";
import { Empty } from "~/components/Empty";
import { Spinner } from "~/components/Spinner";
import { errorText } from "~/components/toast";
import { type Key, t } from "~/i18n";
import { shortDateTime } from "~/i18n/format";
import { diff } from "~/lib/diff";
import s from "./HistoryDrawer.module.css";

/** All versions of a message, newest first, each with what changed against the one before. */
export function HistoryDrawer(props: {
  account: number;
  message: Message;
  onClose: () => void;
}): JSX.Element {
  const [data] = createResource(() =>
    messages.versions({ account: props.account, chat: props.message.chat }, props.message.id),
  );
  const pairs = createMemo(() => {
    if (data.error) return [];
    const all = data()?.versions ?? [];
    return all.map((version, i) => ({ version, before: all[i - 1] })).reverse();
  });
  return (
    <Drawer title={t("history.title")} onClose={props.onClose}>
      <Show when={!data.loading} fallback={<Spinner />}>
        <Show when={!data.error} fallback={<Empty icon="warn" title={errorText(data.error)} />}>
          <ol class={s.list}>
            <For each={pairs()}>
              {(pair) => (
                <VersionView version={pair.version} before={pair.before} sent={props.message.date} />
              )}
            </For>
          </ol>
        </Show>
      </Show>
    </Drawer>
  );
}

function VersionView(props: { version: Version; before: Version | undefined; sent: number }): JSX.Element {
  const parts = () =>
    props.before
      ? diff(props.before.text, props.version.text)
      : [{ kind: "same" as const, text: props.version.text }];
  const newFile = () =>
    props.before !== undefined &&
    props.before.media.map((m) => m.n).join() !== props.version.media.map((m) => m.n).join();
  return (
    <li class={s.version} classList={{ [s.current ?? ""]: props.version.current }}>
      <div class={s.head}>
        <strong>
          {props.version.edit_date === 0
            ? `${t("history.asSent")}, ${shortDateTime(props.sent)}`
            : shortDateTime(props.version.edit_date)}
        </strong>
        <Show
          when={props.version.current}
          fallback={<span>{t(`history.state.${props.version.state}` as Key)}</span>}
        >
          <span class={s.now}>{t("history.current")}</span>
        </Show>
      </div>
      <p class={s.text} dir="auto">
        <For each={parts()}>
          {(p) =>
            p.kind === "same" ? p.text : p.kind === "added" ? <ins>{p.text}</ins> : <del>{p.text}</del>
          }
        </For>
      </p>
      <Show when={newFile()}>
        <p class={s.note}>{t("history.files")}</p>
      </Show>
    </li>
  );
}
