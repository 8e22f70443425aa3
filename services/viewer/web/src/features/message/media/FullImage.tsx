import { createSignal, type JSX, Show } from "solid-js";

/** The picture itself, faded in over its blurred beginning. What cannot be decoded leaves that, and its name. */
export function FullImage(props: { src: string; alt: string }): JSX.Element {
  const [state, setState] = createSignal("loading");
  return (
    <Show when={state() !== "broken"} fallback={<span data-full="broken">{props.alt}</span>}>
      <img
        src={props.src}
        alt={props.alt}
        loading="lazy"
        decoding="async"
        data-full={state()}
        onLoad={() => setState("ready")}
        onError={() => setState("broken")}
      />
    </Show>
  );
}
