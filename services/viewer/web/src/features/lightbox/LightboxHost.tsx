import { type JSX, Show } from "solid-js";
import { lazily } from "~/lib/lazily";
import { lightbox } from "./lightbox";

const Lightbox = lazily(() => import("./Lightbox"), "Lightbox");

export function LightboxHost(): JSX.Element {
  return (
    <Show when={lightbox()} keyed>
      {(open) => <Lightbox account={open.account} slides={open.slides} index={open.index} />}
    </Show>
  );
}
