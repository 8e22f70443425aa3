import { createSignal, type JSX, Show } from "solid-js";
import { incidents as api } from "~/api/calls";
import type { Incident } from "~/api/types";
import { Avatar } from "~/components/Avatar";
import { Button } from "~/components/Button";
import { Modal } from "~/components/Modal";
import { Card } from "~/components/Page";
import { toast, toastError } from "~/components/toast";
import { session } from "~/features/session/session";
import { type Key, t } from "~/i18n";
import { at } from "~/i18n/format";
import { peerName } from "~/lib/names";
import { HeldOperations } from "./HeldOperations";
import s from "./incidents.module.css";

/** What is held, what each decision means, and the decision. */
export function IncidentCard(props: { incident: Incident; onDecided: () => void }): JSX.Element {
  const [shown, setShown] = createSignal(false);
  const [asking, setAsking] = createSignal<boolean>();
  const [busy, setBusy] = createSignal(false);
  const i = () => props.incident;
  const count = () => i().deletions + i().edits;
  const name = () => (i().chat ? peerName(i().chat) : t("incidents.unknownChat"));

  const decide = async (approve: boolean) => {
    setBusy(true);
    try {
      const done = await api.decide(i().id, approve);
      toast(t("incidents.done", { n: done.operations }));
    } catch (e) {
      toastError(e);
    } finally {
      setBusy(false);
      setAsking(undefined);
      props.onDecided();
    }
  };

  return (
    <Card>
      <article class={s.incident} aria-label={`${name()}: ${t(`incidents.${i().kind}` as Key)}`}>
        <div class={s.head}>
          <Avatar name={name()} colour={i().chat?.colour ?? 0} src={i().chat?.avatar ?? null} size={48} />
          <div class={s.what}>
            <strong dir="auto">{name()}</strong>
            <span class={s.kind}>{t(`incidents.${i().kind}` as Key)}</span>
          </div>
          <Show
            when={i().state === "open"}
            fallback={
              <span class={s.state} data-state={i().state}>
                {t(`incidents.${i().state}` as Key)}
                <Show when={i().decided_at}>{(when) => <span>{at(when())}</span>}</Show>
              </span>
            }
          >
            <span class={s.number}>{count()}</span>
          </Show>
        </div>
        <p class={s.facts}>
          {[
            i().deletions > 0 ? t("incidents.deletions", { n: i().deletions }) : "",
            i().edits > 0 ? t("incidents.edits", { n: i().edits }) : "",
          ]
            .filter(Boolean)
            .join(", ")}{" "}
          {t("incidents.between", { from: at(i().from_at), to: at(i().to_at) })}
        </p>
        <Button class={s.toggle ?? ""} aria-expanded={shown()} onClick={() => setShown(!shown())}>
          {t(shown() ? "incidents.hide" : "incidents.show")}
        </Button>
        <Show when={shown()}>
          <HeldOperations incident={i()} />
        </Show>
        <Show when={i().state === "open"}>
          <div class={s.choices}>
            <div>
              <Button look="fill" disabled={busy() || session()?.read_only} onClick={() => setAsking(false)}>
                {t("incidents.reject")}
              </Button>
              <p>{t("incidents.rejectMeans")}</p>
            </div>
            <div>
              <Button look="danger" disabled={busy() || session()?.read_only} onClick={() => setAsking(true)}>
                {t("incidents.approve")}
              </Button>
              <p>{t("incidents.approveMeans")}</p>
            </div>
          </div>
        </Show>
      </article>
      <Show when={asking() !== undefined}>
        <Modal
          title={t(asking() ? "incidents.confirmApprove" : "incidents.confirmReject", { n: count() })}
          onClose={() => setAsking(undefined)}
        >
          <p>{t(asking() ? "incidents.approveMeans" : "incidents.rejectMeans")}</p>
          <div class={s.confirm}>
            <Button onClick={() => setAsking(undefined)}>{t("app.cancel")}</Button>
            <Button
              look={asking() ? "danger" : "fill"}
              disabled={busy()}
              onClick={() => void decide(asking() ?? false)}
            >
              {t(asking() ? "incidents.approve" : "incidents.reject")}
            </Button>
          </div>
        </Modal>
      </Show>
    </Card>
  );
}
