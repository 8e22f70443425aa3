import { createEffect, type JSX } from "solid-js";
import { createInView } from "~/primitives/createInView";
import { reducedMotion } from "~/primitives/media";

/** A silent loop that moves only while it is seen; with reduced motion it moves only under the pointer. */
export function LoopVideo(props: { src: string; label: string; class?: string }): JSX.Element {
  let video: HTMLVideoElement | undefined;
  const [look, inView] = createInView("64px");
  const still = reducedMotion();
  createEffect(() => {
    if (inView() && !still) void video?.play().catch(() => undefined);
    else video?.pause();
  });
  return (
    <video
      ref={(el) => {
        video = el;
        look(el);
      }}
      class={props.class}
      src={props.src}
      aria-label={props.label}
      data-full="ready"
      muted
      loop
      playsinline
      preload="metadata"
      disablepictureinpicture
      onMouseEnter={(e) => still && void e.currentTarget.play().catch(() => undefined)}
      onMouseLeave={(e) => still && e.currentTarget.pause()}
    />
  );
}
