import { type JSX, Show } from "solid-js";
import type { BodyOf, Media } from "~/api/types";
import { safeUrl } from "~/lib/links";
import s from "./WebPage.module.css";

/** A link preview: a wide picture stands below the text, a small or square one beside it. */
export function WebPageCard(props: { page: BodyOf<"web_page">; picture: Media | undefined }): JSX.Element {
  const p = () => props.page;
  const src = () =>
    (props.picture?.state === "stored" && props.picture.inline ? props.picture.url : null) ?? p().thumb;
  const wide = () => {
    const [w, h] = [p().width ?? 0, p().height ?? 0];
    return w >= 300 && w / Math.max(1, h) > 1.2;
  };
  const href = () => safeUrl(p().url);
  return (
    <a
      class={s.card}
      classList={{ [s.wide ?? ""]: wide() }}
      href={href() && /^https?:/.test(href() ?? "") ? href() : undefined}
      target="_blank"
      rel="noopener noreferrer"
    >
      <span class={s.text} dir="auto">
        <strong class={s.site}>{p().site_name ?? p().display_url}</strong>
        <Show when={p().title}>
          <strong class={s.title}>{p().title}</strong>
        </Show>
        <Show when={p().description}>
          <span class={s.description}>{p().description}</span>
        </Show>
      </span>
      <Show when={src()}>
        {(url) => (
          <img
            class={s.picture}
            src={url()}
            alt=""
            loading="lazy"
            decoding="async"
            style={wide() ? { "aspect-ratio": `${p().width} / ${p().height}` } : {}}
          />
        )}
      </Show>
    </a>
  );
}
