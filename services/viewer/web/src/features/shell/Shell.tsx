import { type RouteSectionProps, useLocation, useNavigate } from "@solidjs/router";
import { createEffect, type JSX, Match, on, onCleanup, onMount, Switch } from "solid-js";
import { loginNeeded } from "~/api/client";
import { Button } from "~/components/Button";
import { Empty } from "~/components/Empty";
import { MenuHost } from "~/components/Menu";
import { Spinner } from "~/components/Spinner";
import { errorText, Toasts } from "~/components/toast";
import { CalendarHost } from "~/features/calendar/CalendarHost";
import { closeCalendar } from "~/features/calendar/open";
import { SwitcherHost } from "~/features/chats/Switcher";
import { account, followChats, loadChats } from "~/features/chats/store";
import { followIncidents } from "~/features/incidents/count";
import { LightboxHost } from "~/features/lightbox/LightboxHost";
import { setLightbox } from "~/features/lightbox/lightbox";
import { loadMutes } from "~/features/notifications/mutes";
import { followForNotifications } from "~/features/notifications/notify";
import { keepPush } from "~/features/notifications/push";
import { closeNotifications, followWorker, teachWorker } from "~/features/notifications/worker";
import { LoginPage } from "~/features/session/LoginPage";
import { end, failure, loadSession, loggingIn, session } from "~/features/session/session";
import { t } from "~/i18n";
import { setNavigate } from "~/lib/navigate";
import { Guard } from "./Guard";
import { createKeys } from "./keys";
import { LeftColumn } from "./LeftColumn";
import { Notices } from "./Notices";
import s from "./Shell.module.css";
import { Shortcuts } from "./shortcuts";

/** Who is nobody logs in; everybody else gets the chats, and beside them what the address names. */
export function Shell(props: RouteSectionProps): JSX.Element {
  onMount(() => void loadSession());
  createEffect(on(loginNeeded, (needed) => needed && end()));
  // What was told belongs to who was logged in.
  createEffect(() => session() === null && void closeNotifications());
  return (
    <>
      <Guard>
        <Switch fallback={<Inside>{props.children}</Inside>}>
          <Match when={failure() && !session()}>
            <main class={s.alone}>
              <Empty icon="warn" title={errorText(failure())}>
                <Button look="fill" onClick={() => void loadSession()}>
                  {t("app.retry")}
                </Button>
              </Empty>
            </main>
          </Match>
          <Match when={session() === undefined}>
            <main class={s.alone}>
              <Spinner />
            </main>
          </Match>
          <Match when={session() === null || loggingIn()}>
            <LoginPage />
          </Match>
        </Switch>
      </Guard>
      <Toasts />
    </>
  );
}

function Inside(props: { children: JSX.Element }): JSX.Element {
  const navigate = useNavigate();
  const location = useLocation();
  setNavigate((to) => navigate(to, { scroll: false }));
  createKeys();
  createEffect(on(account, (id) => id !== undefined && void loadChats(id)));
  const stops = [followChats(), followIncidents(), followForNotifications(), followWorker()];
  onCleanup(() => {
    for (const stop of stops) stop();
    setLightbox(undefined);
    closeCalendar();
  });

  onMount(() => {
    void keepPush();
    void loadMutes();
  });
  createEffect(() => void teachWorker(t("push.neutral")).catch(() => undefined));

  // What is looked at needs no notification any more.
  const seen = () => {
    const chat = /^\/c\/[^/]+\/[^/]+/.exec(location.pathname)?.[0];
    if (chat && !document.hidden) void closeNotifications(chat);
  };
  createEffect(seen);
  document.addEventListener("visibilitychange", seen);
  onCleanup(() => document.removeEventListener("visibilitychange", seen));

  // The address of older notifications.
  createEffect(() => {
    const { chat, msg } = location.query;
    if (location.pathname === "/" && chat && account() !== undefined)
      navigate(`/c/${account()}/${Number(chat)}${msg ? `/${Number(msg)}` : ""}`, { replace: true });
  });

  return (
    <div class={s.app} data-pane={location.pathname === "/" ? "list" : "main"}>
      <Notices />
      <div class={s.columns}>
        <nav class={s.left} aria-label={t("nav.chats")}>
          <a class={s.skip} href="#main">
            {t("app.skip")}
          </a>
          <LeftColumn />
        </nav>
        <main class={s.main} id="main" tabIndex={-1}>
          <Guard>{props.children}</Guard>
        </main>
      </div>
      <SwitcherHost />
      <CalendarHost />
      <LightboxHost />
      <Shortcuts />
      <MenuHost />
    </div>
  );
}
