import { createSignal, type JSX, Show } from "solid-js";
import { initials } from "~/lib/names";
import s from "./Avatar.module.css";
import { Icon, type IconName } from "./Icon";

type Props = {
  name: string;
  colour: number;
  src?: string | null;
  size?: number;
  icon?: IconName;
};

/** A round picture; without one, initials on one of the seven colours. Beside a name, so silent to screen readers. */
export function Avatar(props: Props): JSX.Element {
  const [broken, setBroken] = createSignal(false);
  return (
    <span
      class={s.avatar}
      aria-hidden="true"
      data-colour={props.colour % 7}
      style={{ "--size": `${props.size ?? 54}px` }}
    >
      <Show
        when={!props.icon && props.src && !broken() ? props.src : undefined}
        fallback={
          <Show when={props.icon} fallback={initials(props.name)}>
            {(icon) => <Icon name={icon()} />}
          </Show>
        }
      >
        {(src) => <img src={src()} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} />}
      </Show>
    </span>
  );
}
