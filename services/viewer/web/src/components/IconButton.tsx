import type { JSX } from "solid-js";
import { Icon, type IconName } from "./Icon";
import s from "./IconButton.module.css";

type Props = {
  icon: IconName;
  label: string;
  onClick?: (e: MouseEvent) => void;
  pressed?: boolean;
  disabled?: boolean;
  class?: string;
  filled?: boolean;
  expanded?: boolean;
  ref?: (el: HTMLButtonElement) => void;
};

export function IconButton(props: Props): JSX.Element {
  return (
    <button
      type="button"
      ref={(el) => props.ref?.(el)}
      class={`${s.button} ${props.class ?? ""}`}
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      disabled={props.disabled}
      onClick={(e) => props.onClick?.(e)}
    >
      <Icon name={props.icon} filled={props.filled ?? false} />
    </button>
  );
}
