import { A } from "@solidjs/router";
import { createResource, type JSX, Show } from "solid-js";
import { chats } from "~/api/calls";
import type { Chat } from "~/api/types";
import { Avatar } from "~/components/Avatar";
import { Drawer } from "~/components/Drawer";
import { Spinner } from "~/components/Spinner";
import { chatById } from "~/features/chats/store";
import { chatIcon, chatSubtitle, chatTitle } from "~/features/chats/titles";
import { CoverageRow } from "~/features/status/CoverageRow";
import { t } from "~/i18n";
import { number } from "~/i18n/format";
import s from "./InfoDrawer.module.css";
import { SharedMedia } from "./SharedMedia";

/** A chat and what of it is archived, with its holes drawn. */
export function InfoDrawer(props: { chat: Chat; onClose: () => void }): JSX.Element {
  const [coverage] = createResource(
    () => ({ account: props.chat.account, chat: props.chat.id }),
    (key) => chats.coverage(key).catch(() => null),
  );
  const sibling = () => chatById(props.chat.migrated_from ?? props.chat.migrated_to ?? 0);
  return (
    <Drawer title={t("chat.info")} onClose={props.onClose}>
      <div class={s.head}>
        <Avatar
          name={chatTitle(props.chat)}
          colour={props.chat.colour}
          src={props.chat.avatar}
          size={112}
          {...(chatIcon(props.chat) ? { icon: "bookmark" as const } : {})}
        />
        <h3 dir="auto">{chatTitle(props.chat)}</h3>
        <p>{chatSubtitle(props.chat)}</p>
      </div>
      <dl class={s.facts}>
        <div>
          <dt>{t("status.messages")}</dt>
          <dd>{props.chat.messages === null ? "…" : number(props.chat.messages)}</dd>
        </div>
        <Show when={props.chat.username}>
          <div>
            <dt>@</dt>
            <dd dir="ltr">{props.chat.username}</dd>
          </div>
        </Show>
        <div>
          <dt>ID</dt>
          <dd dir="ltr">{props.chat.id}</dd>
        </div>
      </dl>
      <Show when={sibling()}>
        {(other) => (
          <A class={s.sibling} href={`/c/${other().account}/${other().id}`}>
            {t(props.chat.migrated_from ? "chat.migrated" : "chat.migratedTo")}
          </A>
        )}
      </Show>
      <div class={s.coverage}>
        <Show when={!coverage.loading} fallback={<Spinner />}>
          <Show when={coverage()}>{(c) => <CoverageRow coverage={c()} />}</Show>
        </Show>
      </div>
      <SharedMedia chat={props.chat} />
    </Drawer>
  );
}
