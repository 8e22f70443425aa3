import { useNavigate } from "@solidjs/router";
import { createSignal, type JSX, Show } from "solid-js";
import { IconButton } from "~/components/IconButton";
import { type MenuItem, openMenu } from "~/components/Menu";
import { toastError } from "~/components/toast";
import { ChatList } from "~/features/chats/ChatList";
import { openIncidents } from "~/features/incidents/count";
import { GlobalResults } from "~/features/search/GlobalResults";
import { SearchField } from "~/features/search/SearchField";
import { isAdmin, logOut, session, setLoggingIn } from "~/features/session/session";
import { t } from "~/i18n";
import { onEscape } from "~/primitives/escape";
import { isMobile } from "~/primitives/media";
import { AccountChoice } from "./AccountChoice";
import s from "./LeftColumn.module.css";
import { openShortcuts } from "./shortcuts";

let field: HTMLInputElement | undefined;

export function focusGlobalSearch() {
  field?.focus();
  field?.select();
}

/** The chats, and the search over everything. */
export function LeftColumn(): JSX.Element {
  const navigate = useNavigate();
  const [globalQuery, setGlobalQuery] = createSignal("");
  const menu = (): MenuItem[] => {
    const go = (to: string) => () => navigate(to);
    return [
      ...(isAdmin()
        ? [
            { icon: "shield", label: t("nav.incidents"), run: go("/incidents") } as const,
            { icon: "phone", label: t("nav.account"), run: go("/account") } as const,
          ]
        : []),
      { icon: "pulse", label: t("nav.status"), run: go("/status") },
      { icon: "settings", label: t("nav.settings"), run: go("/settings") },
      { icon: "keyboard", label: t("nav.shortcuts"), run: openShortcuts },
      session()?.anonymous
        ? { icon: "person", label: t("login.submit"), run: () => setLoggingIn(true) }
        : { icon: "out", label: t("login.out"), run: () => logOut().catch(toastError) },
    ];
  };

  return (
    <>
      <header class={s.header}>
        <div class={s.menu}>
          <IconButton
            icon="menu"
            label={t("app.menu")}
            onClick={(e) => {
              const box = (e.currentTarget as HTMLElement).getBoundingClientRect();
              openMenu(
                document.documentElement.dir === "rtl" ? box.right : box.left,
                box.bottom + 4,
                t("app.menu"),
                menu(),
              );
            }}
          />
          <Show when={openIncidents() > 0}>
            <span class={s.badge} role="img" aria-label={`${t("nav.incidents")}: ${openIncidents()}`}>
              {openIncidents()}
            </span>
          </Show>
        </div>
        <SearchField
          ref={(el) => {
            field = el;
          }}
          value={globalQuery()}
          placeholder={t("chats.search")}
          onInput={setGlobalQuery}
        />
      </header>
      <AccountChoice />
      <Show when={globalQuery().trim() !== ""} fallback={<ChatList />}>
        <EscapeClears onClear={() => setGlobalQuery("")} />
        <GlobalResults query={globalQuery()} onOpen={() => isMobile() && setGlobalQuery("")} />
      </Show>
    </>
  );
}

function EscapeClears(props: { onClear: () => void }): JSX.Element {
  onEscape(() => props.onClear());
  return null;
}
