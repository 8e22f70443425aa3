import { A } from "@solidjs/router";
import { createSignal, type JSX, Show } from "solid-js";
import { telegram as api } from "~/api/calls";
import type { TelegramState } from "~/api/types";
import { Button } from "~/components/Button";
import { Icon } from "~/components/Icon";
import { Modal } from "~/components/Modal";
import { toastError } from "~/components/toast";
import { t } from "~/i18n";
import s from "./accounts.module.css";

type Props = { account: number; user: number; onState: (s: TelegramState) => void; onRefresh: () => void };

export function LoggedIn(props: Props): JSX.Element {
  const [asking, setAsking] = createSignal(false);
  const logOut = async () => {
    setAsking(false);
    try {
      props.onState(await api.logOut(props.account));
    } catch (e) {
      toastError(e);
      props.onRefresh();
    }
  };
  return (
    <div class={s.done}>
      <Icon name="check" />
      <h2>{t("account.loggedIn")}</h2>
      <p>{t("account.user", { id: String(props.user) })}</p>
      <A href="/status">{t("nav.status")}</A>
      <Button onClick={() => setAsking(true)}>{t("account.logOut")}</Button>
      <Show when={asking()}>
        <Modal title={t("account.logOut")} onClose={() => setAsking(false)}>
          <p>{t("account.logOutConfirm")}</p>
          <div class={s.actions}>
            <Button onClick={() => setAsking(false)}>{t("app.cancel")}</Button>
            <Button look="danger" onClick={() => void logOut()}>
              {t("account.logOut")}
            </Button>
          </div>
        </Modal>
      </Show>
    </div>
  );
}
