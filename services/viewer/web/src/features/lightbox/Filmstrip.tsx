import { createEffect, For, type JSX, Show } from "solid-js";
import { kindLabel } from "~/features/message/labels";
import { t } from "~/i18n";
import s from "./Lightbox.module.css";
import type { Slide } from "./lightbox";

/** What lies left and right, small. */
export function Filmstrip(props: {
  slides: Slide[];
  at: number;
  onChoose: (i: number) => void;
}): JSX.Element {
  let strip: HTMLDivElement | undefined;
  createEffect(() => strip?.children[props.at]?.scrollIntoView({ inline: "center", block: "nearest" }));
  const picture = (x: Slide) => (x.media.mime.startsWith("video/") ? x.media.thumb : x.media.url);
  return (
    <Show when={props.slides.length > 1}>
      <div ref={strip} class={s.strip}>
        <For each={props.slides}>
          {(x, i) => (
            <button
              type="button"
              class={s.frame}
              aria-label={`${kindLabel(x.message.kind)} ${t("lightbox.of", { i: i() + 1, n: props.slides.length })}`}
              aria-current={i() === props.at ? "true" : undefined}
              onClick={() => props.onChoose(i())}
            >
              <Show when={picture(x)}>
                {(src) => <img src={src()} alt="" loading="lazy" decoding="async" />}
              </Show>
            </button>
          )}
        </For>
      </div>
    </Show>
  );
}
