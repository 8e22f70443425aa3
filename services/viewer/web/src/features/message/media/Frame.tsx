import { createSignal, type JSX, Show } from "solid-js";
import type { Media } from "~/api/types";
import { Icon } from "~/components/Icon";
import { t } from "~/i18n";
import { bytes } from "~/i18n/format";
import s from "./Frame.module.css";
import { stateText } from "./state";

type Props = {
  media: Media;
  label: string;
  /** Fills the tile it stands in, instead of its own size. */
  tile?: boolean;
  size: { width: number; height: number };
  onOpen?: () => void;
  children: (url: string) => JSX.Element;
  /** What stands over it: a sign to play, a length. */
  over?: JSX.Element;
};

/** A picture's place in the page: blurred at first, covered while it is a spoiler, and honest when it is not there. */
export function Frame(props: Props): JSX.Element {
  const [covered, setCovered] = createSignal(props.media.spoiler);
  const url = () => (props.media.state === "stored" ? props.media.url : null);
  const click = () => (covered() ? setCovered(false) : props.onOpen?.());
  return (
    <span
      class={s.frame}
      classList={{ [s.tile ?? ""]: props.tile ?? false, [s.covered ?? ""]: covered() }}
      style={
        props.tile
          ? {}
          : { width: `${props.size.width}px`, "aspect-ratio": `${props.size.width} / ${props.size.height}` }
      }
    >
      <Show when={props.media.thumb}>
        {(src) => <img class={s.thumb} src={src()} alt="" aria-hidden="true" />}
      </Show>
      <Show
        when={url()}
        fallback={
          <span class={s.missing}>
            <Icon name={props.media.state === "wanted" ? "clock" : "warn"} />
            <span>{stateText(props.media)}</span>
            <Show when={props.media.size}>{(n) => <span>{bytes(n())}</span>}</Show>
          </span>
        }
      >
        {(src) => props.children(src())}
      </Show>
      <Show when={(url() && props.onOpen) || covered()}>
        <button
          type="button"
          class={s.open}
          aria-label={covered() ? t("message.spoilerMedia") : t("media.open", { kind: props.label })}
          onClick={click}
        />
      </Show>
      <Show when={!covered() && url()}>{props.over}</Show>
    </span>
  );
}
