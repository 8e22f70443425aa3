import type { AnimationItem } from "lottie-web";
// The light build on canvas: no expressions, so no eval, and no style attributes.
import lottie from "lottie-web/build/player/lottie_light_canvas";
import { createEffect, createResource, type JSX, onCleanup } from "solid-js";
import { createInView } from "~/primitives/createInView";
import { reducedMotion } from "~/primitives/media";

/** What a sticker may unpack to. Real ones stay under a megabyte; a bomb must not fill the memory. */
const LIMIT = 8 * 1024 * 1024;

/** An animated sticker: gzipped Lottie, moving only while it is seen. */
export default function Tgs(props: { src: string; label: string }): JSX.Element {
  let box: HTMLDivElement | undefined;
  let animation: AnimationItem | undefined;
  const [look, inView] = createInView();
  const [data] = createResource(() => props.src, unpack);
  createEffect(() => {
    const animationData = data.error ? undefined : data();
    if (!box || !animationData || animation) return;
    animation = lottie.loadAnimation({
      container: box,
      renderer: "canvas",
      loop: true,
      autoplay: false,
      animationData,
      rendererSettings: { clearCanvas: true, dpr: devicePixelRatio },
    } as Parameters<typeof lottie.loadAnimation>[0]);
    animation.goToAndStop(0, true);
  });
  createEffect(() => {
    void data();
    if (inView() && !reducedMotion()) animation?.play();
    else animation?.pause();
  });
  onCleanup(() => animation?.destroy());
  return (
    <div
      ref={(el) => {
        box = el;
        look(el);
      }}
      role="img"
      aria-label={props.label}
      data-full="ready"
      data-tgs={data.error ? "failed" : data() ? "ready" : "loading"}
    />
  );
}

async function unpack(src: string): Promise<object> {
  const response = await fetch(src);
  if (!response.ok || !response.body) throw new Error(`sticker: ${response.status}`);
  const reader = response.body.pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts: BlobPart[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > LIMIT) {
      await reader.cancel();
      throw new Error("sticker: too large");
    }
    parts.push(value as BlobPart);
  }
  return JSON.parse(await new Blob(parts).text()) as object;
}
