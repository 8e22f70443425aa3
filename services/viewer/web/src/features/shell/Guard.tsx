import { useLocation } from "@solidjs/router";
import { createEffect, ErrorBoundary, type JSX, on, onMount, Show } from "solid-js";
import { Button } from "~/components/Button";
import { Empty } from "~/components/Empty";
import { Spinner } from "~/components/Spinner";
import { t } from "~/i18n";
import { leaving } from "~/lib/outdated";
import s from "./Shell.module.css";

/** What breaks in here says so, and the rest of the page stays. */
export function Guard(props: { children: JSX.Element }): JSX.Element {
  return (
    <ErrorBoundary fallback={(error, reset) => <Broken error={error} onLeave={reset} />}>
      {props.children}
    </ErrorBoundary>
  );
}

function Broken(props: { error: unknown; onLeave: () => void }): JSX.Element {
  const location = useLocation();
  createEffect(
    on(
      () => location.pathname,
      () => props.onLeave(),
      { defer: true },
    ),
  );
  // The console has the whole of it; the words of an error may hold what is archived.
  onMount(() => reportError(props.error));
  const name = () => (props.error instanceof Error ? props.error.name : typeof props.error);
  return (
    <div class={s.alone} role="alert">
      <Show when={!leaving()} fallback={<Spinner />}>
        <Empty icon="warn" title={t("app.broken")} text={t("app.brokenText", { error: name() })}>
          <Button look="fill" onClick={() => window.location.reload()}>
            {t("app.reload")}
          </Button>
        </Empty>
      </Show>
    </div>
  );
}
