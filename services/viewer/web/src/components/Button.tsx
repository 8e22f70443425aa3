import type { JSX } from "solid-js";
import s from "./Button.module.css";

type Props = JSX.ButtonHTMLAttributes<HTMLButtonElement> & { look?: "fill" | "plain" | "danger" };

export function Button(props: Props): JSX.Element {
  return (
    <button type="button" {...props} class={`${s.button} ${s[props.look ?? "plain"]} ${props.class ?? ""}`}>
      {props.children}
    </button>
  );
}
