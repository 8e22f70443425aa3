import { createEffect, createSignal, type JSX, Match, on, Switch } from "solid-js";
import { kindLabel } from "~/features/message/labels";
import { makeWay } from "~/features/player/player";
import s from "./Lightbox.module.css";
import type { Slide } from "./lightbox";

type Props = {
  slide: Slide;
  zoom: number;
  turn: number;
  onZoom: (zoom: number) => void;
  onStep: (by: number) => void;
  onClose: () => void;
};

/** The picture: a drag moves it when it is enlarged; a swipe turns pages, and down closes. */
export function Stage(props: Props): JSX.Element {
  const [move, setMove] = createSignal({ x: 0, y: 0 });
  let from: { x: number; y: number; at: { x: number; y: number } } | undefined;
  createEffect(on([() => props.slide, () => props.zoom], () => setMove({ x: 0, y: 0 })));
  const label = () => props.slide.message.text || kindLabel(props.slide.message.kind);

  const down = (e: PointerEvent) => {
    from = { x: e.clientX, y: e.clientY, at: move() };
  };
  const moved = (e: PointerEvent) => {
    if (!from || e.buttons !== 1) return;
    const [dx, dy] = [e.clientX - from.x, e.clientY - from.y];
    if (props.zoom > 1) setMove({ x: from.at.x + dx, y: from.at.y + dy });
    else if (e.pointerType === "touch") setMove({ x: dx, y: Math.max(0, dy) });
  };
  const up = (e: PointerEvent) => {
    if (!from) return;
    const [dx, dy] = [e.clientX - from.x, e.clientY - from.y];
    from = undefined;
    if (props.zoom > 1 || e.pointerType !== "touch") return;
    setMove({ x: 0, y: 0 });
    if (dy > 120 && Math.abs(dy) > Math.abs(dx)) props.onClose();
    else if (Math.abs(dx) > 60) props.onStep(dx < 0 ? 1 : -1);
  };

  return (
    // biome-ignore lint/a11y: the header has a button, and Esc works, for what a click beside the picture does
    <div
      class={s.stage}
      onClick={(e) => e.target === e.currentTarget && props.onClose()}
      onPointerDown={down}
      onPointerMove={moved}
      onPointerUp={up}
      onWheel={(e) =>
        e.ctrlKey &&
        props.onZoom(e.deltaY < 0 ? Math.min(4, props.zoom + 0.5) : Math.max(1, props.zoom - 0.5))
      }
    >
      <Switch>
        <Match when={props.slide.media.mime.startsWith("video/") && props.slide} keyed>
          {(x) => (
            // biome-ignore lint/a11y/useMediaCaption: what people send has no captions
            <video
              class={s.picture}
              src={x.media.url ?? ""}
              aria-label={label()}
              controls
              autoplay
              playsinline
              loop={x.message.kind === "animation"}
              onPlay={makeWay}
            />
          )}
        </Match>
        <Match when={props.slide} keyed>
          {(x) => (
            <img
              class={s.picture}
              src={x.media.url ?? ""}
              alt={label()}
              draggable={false}
              style={{
                transform: `translate(${move().x}px, ${move().y}px) scale(${props.zoom}) rotate(${props.turn}deg)`,
                cursor: props.zoom > 1 ? "grab" : "zoom-in",
              }}
              onDblClick={() => props.onZoom(props.zoom > 1 ? 1 : 2)}
            />
          )}
        </Match>
      </Switch>
    </div>
  );
}
