import { A } from "@solidjs/router";
import { createSignal, For, type JSX, onMount, Show } from "solid-js";
import { incidents as api } from "~/api/calls";
import type { Incident, Operation } from "~/api/types";
import { Button } from "~/components/Button";
import { Icon } from "~/components/Icon";
import { Spinner } from "~/components/Spinner";
import { toastError } from "~/components/toast";
import { author } from "~/features/chats/titles";
import { kindLabel } from "~/features/message/labels";
import { t } from "~/i18n";
import { shortDateTime } from "~/i18n/format";
import s from "./incidents.module.css";

/** The messages an incident is about, as they stand now. */
export function HeldOperations(props: { incident: Incident }): JSX.Element {
  const [list, setList] = createSignal<Operation[]>([]);
  const [next, setNext] = createSignal<string | null>(null);
  const [busy, setBusy] = createSignal(true);
  const load = async (after?: string) => {
    setBusy(true);
    try {
      const page = await api.operations(props.incident.id, after);
      setList((before) => [...before, ...page.operations]);
      setNext(page.next);
    } catch (e) {
      toastError(e);
    }
    setBusy(false);
  };
  onMount(() => void load());
  return (
    <div>
      <ul class={s.operations}>
        <For each={list()}>
          {(op) => (
            <li class={s.operation} data-kind={op.kind}>
              <Icon name={op.kind === "delete" ? "trash" : "edit"} />
              <Show
                when={op.message}
                fallback={
                  <span class={s.gone}>
                    {t("incidents.notArchived")} ({op.message_id})
                  </span>
                }
              >
                {(m) => (
                  <A class={s.message} href={`/c/${props.incident.account}/${m().chat}/${m().id}`}>
                    <span class={s.sender}>
                      <bdi>{author(m()).name}</bdi>
                      <time>{shortDateTime(m().date)}</time>
                    </span>
                    <span class={s.text} dir="auto">
                      {m().text || kindLabel(m().kind)}
                    </span>
                  </A>
                )}
              </Show>
              <span class={s.would}>{t(op.kind === "delete" ? "incidents.delete" : "incidents.edit")}</span>
            </li>
          )}
        </For>
      </ul>
      <Show when={busy()}>
        <Spinner />
      </Show>
      <Show when={!busy() && next() !== null}>
        <Button onClick={() => void load(next() ?? undefined)}>{t("app.more")}</Button>
      </Show>
    </div>
  );
}
