import { type JSX, Show } from "solid-js";
import { Icon, type IconName } from "~/components/Icon";
import s from "./Card.module.css";

/** The common shape of things with a name and a line about them. */
export function Card(props: {
  icon: IconName;
  title: string;
  lines: (string | undefined)[];
  children?: JSX.Element;
}): JSX.Element {
  return (
    <div class={s.card}>
      <span class={s.icon}>
        <Icon name={props.icon} />
      </span>
      <span class={s.text}>
        <strong class={s.title} dir="auto">
          {props.title}
        </strong>
        {props.lines.filter(Boolean).map((line) => (
          <span class={s.line} dir="auto">
            {line}
          </span>
        ))}
        <Show when={props.children}>{props.children}</Show>
      </span>
    </div>
  );
}
