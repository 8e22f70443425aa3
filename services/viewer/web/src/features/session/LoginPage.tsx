import { createSignal, type JSX, Show } from "solid-js";
import { Button } from "~/components/Button";
import { Icon } from "~/components/Icon";
import { errorText } from "~/components/toast";
import { t } from "~/i18n";
import s from "./LoginPage.module.css";
import { logIn, session, setLoggingIn } from "./session";

export function LoginPage(): JSX.Element {
  const [error, setError] = createSignal<string>();
  const [busy, setBusy] = createSignal(false);
  let password: HTMLInputElement | undefined;

  const submit = async (e: SubmitEvent) => {
    e.preventDefault();
    const form = new FormData(e.currentTarget as HTMLFormElement);
    setBusy(true);
    setError(undefined);
    try {
      await logIn(String(form.get("name")), String(form.get("password")));
    } catch (problem) {
      setError(errorText(problem));
      password?.select();
    } finally {
      setBusy(false);
    }
  };

  return (
    <main class={s.page}>
      <form class={s.card} onSubmit={submit}>
        <div class={s.logo}>
          <Icon name="archive" />
        </div>
        <h1>{t("app.name")}</h1>
        <p class={s.hint}>{t("login.title")}</p>
        <label>
          <span>{t("login.name")}</span>
          <input
            name="name"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
            autofocus
          />
        </label>
        <label>
          <span>{t("login.password")}</span>
          <input ref={password} name="password" type="password" autocomplete="current-password" required />
        </label>
        <div role="alert" class={s.error}>
          <Show when={error()}>{error()}</Show>
        </div>
        <Button type="submit" look="fill" disabled={busy()}>
          {t("login.submit")}
        </Button>
        <Show when={session()}>
          <Button onClick={() => setLoggingIn(false)}>{t("login.without")}</Button>
        </Show>
        <p class={s.hint}>{t("login.hint")}</p>
      </form>
    </main>
  );
}
