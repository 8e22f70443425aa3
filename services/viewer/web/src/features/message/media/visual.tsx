import { type JSX, Match, Show, Switch } from "solid-js";
import type { Media, Message } from "~/api/types";
import { Icon } from "~/components/Icon";
import { openLightbox } from "~/features/lightbox/lightbox";
import { useChat } from "~/features/timeline/context";
import { duration } from "~/i18n/format";
import { fitSize } from "~/lib/fit";
import { kindLabel } from "../labels";
import { Frame } from "./Frame";
import { FullImage } from "./FullImage";
import { LoopVideo } from "./LoopVideo";
import { playable } from "./state";
import s from "./visual.module.css";

/** A photo, video or GIF, alone in its bubble or as a tile of an album. */
export function Visual(props: { message: Message; media: Media; tile?: boolean }): JSX.Element {
  const chat = useChat();
  const label = () => props.message.text || kindLabel(props.message.kind);
  const open = () => openLightbox(chat.chat().account, chat.messages(), props.message.id);
  const moving = () => props.message.kind === "video" || props.media.mime.startsWith("video/");
  return (
    <Frame
      media={props.media}
      label={kindLabel(props.message.kind)}
      tile={props.tile ?? false}
      size={fitSize(props.media.width, props.media.height, props.message.kind === "animation" ? 320 : 430)}
      onOpen={open}
      over={<Over message={props.message} media={props.media} />}
    >
      {(src) => (
        <Switch fallback={<FullImage src={src} alt={label()} />}>
          <Match when={!playable(props.media)}>{null}</Match>
          <Match when={props.message.kind === "animation" && moving()}>
            <LoopVideo src={src} label={label()} />
          </Match>
          <Match when={moving()}>
            <video
              src={`${src}#t=0.1`}
              aria-label={label()}
              data-full="ready"
              muted
              playsinline
              preload="metadata"
            />
          </Match>
        </Switch>
      )}
    </Frame>
  );
}

function Over(props: { message: Message; media: Media }): JSX.Element {
  return (
    <>
      <Show when={props.message.kind === "video"}>
        <span class={s.play}>
          <Icon name="play" filled />
        </span>
        <Show when={props.media.duration_ms}>{(ms) => <span class={s.badge}>{duration(ms())}</span>}</Show>
      </Show>
      <Show when={props.message.kind === "animation"}>
        <span class={s.badge}>GIF</span>
      </Show>
    </>
  );
}
