import type { JSX } from "solid-js";
import s from "./status.module.css";

export function Facts(props: { children: JSX.Element }): JSX.Element {
  return <dl class={s.facts}>{props.children}</dl>;
}

export function Fact(props: { label: string; value: string; warn?: boolean }): JSX.Element {
  return (
    <div class={s.fact} classList={{ [s.warn ?? ""]: props.warn ?? false }}>
      <dt>{props.label}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}
