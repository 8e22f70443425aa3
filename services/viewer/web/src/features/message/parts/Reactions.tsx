import { For, type JSX, Show } from "solid-js";
import type { Reaction } from "~/api/types";
import { Avatar } from "~/components/Avatar";
import { t } from "~/i18n";
import { compact } from "~/i18n/format";
import { peerName } from "~/lib/names";
import s from "./Reactions.module.css";

/** Who reacted lately is shown instead of a number while there are few. */
export function Reactions(props: { reactions: Reaction[]; children?: JSX.Element }): JSX.Element {
  return (
    <div class={s.row}>
      <For each={props.reactions}>
        {(r) => (
          <span
            class={s.pill}
            classList={{ [s.chosen ?? ""]: r.chosen }}
            role="img"
            aria-label={t("message.reacted", { n: r.count, reaction: emoji(r.reaction) })}
            title={r.recent.map(peerName).join(", ")}
          >
            <span class={s.emoji}>{emoji(r.reaction)}</span>
            <Show
              when={r.recent.length > 0 && r.recent.length === r.count && r.count <= 3}
              fallback={compact(r.count)}
            >
              <span class={s.faces}>
                <For each={r.recent}>
                  {(p) => <Avatar name={peerName(p)} colour={p.colour} src={p.avatar} size={20} />}
                </For>
              </span>
            </Show>
          </span>
        )}
      </For>
      {props.children}
    </div>
  );
}

/** Pictures of custom emoji are not archived: a star stands for them. */
const emoji = (reaction: string) =>
  reaction === "paid" ? "⭐" : reaction.startsWith("custom_") ? "✨" : reaction;
