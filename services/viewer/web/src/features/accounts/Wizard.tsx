import { createEffect, createSignal, type JSX, Match, on, onCleanup, Show, Switch } from "solid-js";
import { telegram as api } from "~/api/calls";
import type { TelegramState } from "~/api/types";
import { Button } from "~/components/Button";
import { errorText } from "~/components/toast";
import { type Key, t } from "~/i18n";
import { span } from "~/i18n/format";
import s from "./accounts.module.css";
import { Qr } from "./Qr";
import { Step } from "./Step";
import { nextForm, type WizardForm } from "./wizard";

type Props = { account: number; state: TelegramState; onState: (s: TelegramState) => void };
type Of<S extends TelegramState["state"]> = Extract<TelegramState, { state: S }>;

/** Phone, code, password, or a QR code: one form at a time, and a wrong entry is asked for again. */
export function Wizard(props: Props): JSX.Element {
  const [form, setForm] = createSignal<WizardForm>("phone");
  const [sent, setSent] = createSignal<Of<"code_sent">>();
  const [hint, setHint] = createSignal<string | null>(null);
  const [error, setError] = createSignal<string>();
  const [busy, setBusy] = createSignal(false);

  createEffect(
    on(
      () => props.state,
      (state) => {
        setForm((now) => nextForm(now, state));
        setError(undefined);
        if (state.state === "code_sent") setSent(state);
        if (state.state === "password_needed") setHint(state.hint ?? null);
        if (state.state === "refused") {
          const wait = Math.max(1, (state.until ?? 0) - Date.now() / 1000);
          const text = t(`account.refused.${state.refusal}` as Key, { span: span(wait) });
          setError(state.refusal === "other" ? `${text} ${state.message}` : text);
        }
      },
    ),
  );

  // An answer counts only while nobody went another way: that to a QR code takes ten seconds.
  let turn = 0;
  const run = async (call: Promise<TelegramState>) => {
    const mine = ++turn;
    try {
      const state = await call;
      if (mine === turn) props.onState(state);
      return state;
    } catch (e) {
      if (mine === turn) setError(errorText(e));
      return undefined;
    } finally {
      if (mine === turn) setBusy(false);
    }
  };
  const submit = (call: Promise<TelegramState>) => {
    setBusy(true);
    setError(undefined);
    void run(call);
  };
  const byPhone = () => {
    turn++;
    setBusy(false);
    setError(undefined);
    setForm("phone");
  };
  const byQr = () => {
    setError(undefined);
    setForm("qr");
  };
  onCleanup(() => turn++);
  const qr = () => (props.state.state === "qr" ? props.state : undefined);
  const reason = () => (props.state.state === "logged_out" ? props.state.reason : "");
  const codeText = () => {
    const by = sent()?.by ?? "";
    return ["app", "sms", "call"].includes(by)
      ? t(`account.codeBy.${by}` as Key)
      : t("account.codeBy.other", { by });
  };

  return (
    <div class={s.wizard}>
      <Show when={reason()}>
        <p class={s.reason}>{t("account.wasLoggedOut", { reason: String(reason()) })}</p>
      </Show>
      <Switch>
        <Match when={form() === "phone"}>
          <Step
            title={t("account.phoneTitle")}
            text={t("account.phoneHint")}
            label={t("account.phone")}
            type="tel"
            autocomplete="tel"
            submit={t("account.sendCode")}
            busy={busy()}
            error={error()}
            onSubmit={(phone) => submit(api.requestCode(props.account, phone))}
          />
          <Button onClick={byQr} disabled={busy()}>
            {t("account.orQr")}
          </Button>
        </Match>
        <Match when={form() === "code"}>
          <Step
            title={t("account.codeTitle")}
            text={codeText()}
            label={t("account.code")}
            type="text"
            numeric
            autocomplete="one-time-code"
            {...(sent()?.length ? { maxLength: sent()?.length as number } : {})}
            submit={t("account.signIn")}
            busy={busy()}
            error={error()}
            onSubmit={(code) => submit(api.signIn(props.account, code))}
          />
          <Button onClick={byPhone}>{t("account.otherNumber")}</Button>
        </Match>
        <Match when={form() === "password"}>
          <Step
            title={t("account.passwordTitle")}
            text={[t("account.passwordText"), hint() ? t("account.hint", { hint: hint() ?? "" }) : ""].join(
              " ",
            )}
            label={t("account.password")}
            type="password"
            autocomplete="off"
            submit={t("account.signIn")}
            busy={busy()}
            error={error()}
            onSubmit={(password) => submit(api.password(props.account, password))}
          />
        </Match>
        <Match when={form() === "qr"}>
          <Qr url={qr()?.url} onAsk={() => run(api.qr(props.account))} />
          <p class={s.error} role="alert">
            {error()}
          </p>
          <Button onClick={byPhone}>{t("account.orPhone")}</Button>
        </Match>
      </Switch>
    </div>
  );
}
