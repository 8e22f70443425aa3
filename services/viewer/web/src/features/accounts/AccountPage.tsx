import { createResource, type JSX, Match, Show, Switch } from "solid-js";
import { telegram as api } from "~/api/calls";
import type { TelegramState } from "~/api/types";
import { Empty } from "~/components/Empty";
import { Card, Page } from "~/components/Page";
import { Spinner } from "~/components/Spinner";
import { errorText } from "~/components/toast";
import { account } from "~/features/chats/store";
import { session } from "~/features/session/session";
import { AccountChoice } from "~/features/shell/AccountChoice";
import { t } from "~/i18n";
import { answer } from "~/primitives/answer";
import { LoggedIn } from "./LoggedIn";
import { Wizard } from "./Wizard";

/** Logging in to Telegram, and out: the terminal is never needed. */
export function AccountPage(): JSX.Element {
  const id = () => account() ?? session()?.accounts[0]?.id ?? 1;
  const [state, { mutate, refetch }] = createResource(id, (x) => api.state(x));
  const is = <S extends TelegramState["state"]>(name: S) => {
    const now = answer(state);
    return now?.state === name ? (now as Extract<TelegramState, { state: S }>) : undefined;
  };
  return (
    <Page title={t("account.title")}>
      <AccountChoice />
      <Show when={state.error || answer(state)} fallback={<Spinner />}>
        <Card>
          <Switch
            fallback={
              <Show when={answer(state)}>
                {(s) => <Wizard account={id()} state={s()} onState={mutate} />}
              </Show>
            }
          >
            <Match when={state.error}>
              <Empty icon="warn" title={errorText(state.error)} />
            </Match>
            <Match when={is("not_running")}>
              <Empty icon="warn" title={t("status.state.down")} text={t("account.notRunning")} />
            </Match>
            <Match when={is("logged_in")}>
              {(s) => (
                <LoggedIn
                  account={id()}
                  user={Number(s().user)}
                  onState={mutate}
                  onRefresh={() => void refetch()}
                />
              )}
            </Match>
          </Switch>
        </Card>
      </Show>
    </Page>
  );
}
