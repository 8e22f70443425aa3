import { createSignal, type JSX } from "solid-js";

/** The picture itself, faded in over its blurred beginning. */
export function FullImage(props: { src: string; alt: string }): JSX.Element {
  const [state, setState] = createSignal("loading");
  return (
    <img
      src={props.src}
      alt={props.alt}
      loading="lazy"
      decoding="async"
      data-full={state()}
      onLoad={() => setState("ready")}
      onError={() => setState("ready")}
    />
  );
}
