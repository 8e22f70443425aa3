import { type JSX, Show } from "solid-js";
import type { BodyOf, Message } from "~/api/types";
import { t } from "~/i18n";
import s from "./Dice.module.css";

const FACES = ["⚀", "⚁", "⚂", "⚃", "⚄", "⚅"];

export function Dice(props: { message: Message }): JSX.Element {
  const body = () =>
    props.message.body?.type === "dice" ? (props.message.body as BodyOf<"dice">) : undefined;
  return (
    <Show when={body()}>
      {(d) => (
        <div class={s.dice}>
          <span class={s.emoji} aria-hidden="true">
            {d().emoji === "🎲" ? (FACES[d().value - 1] ?? "🎲") : d().emoji}
          </span>
          <span class={s.value}>
            {d().value > 0 ? t("card.diceValue", { n: d().value }) : t("card.dicePending")}
          </span>
        </div>
      )}
    </Show>
  );
}
