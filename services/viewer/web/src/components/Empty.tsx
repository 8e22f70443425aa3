import { type JSX, Show } from "solid-js";
import s from "./Empty.module.css";
import { Icon, type IconName } from "./Icon";

/** What stands where nothing is: what it is, and the way on. */
export function Empty(props: {
  icon: IconName;
  title: string;
  text?: string;
  children?: JSX.Element;
}): JSX.Element {
  return (
    <div class={s.empty}>
      <Icon name={props.icon} />
      <p class={s.title}>{props.title}</p>
      <Show when={props.text}>
        <p>{props.text}</p>
      </Show>
      {props.children}
    </div>
  );
}
