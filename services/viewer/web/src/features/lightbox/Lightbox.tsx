import { createEffect, createSignal, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { Portal } from "solid-js/web";
import { Avatar } from "~/components/Avatar";
import { Icon } from "~/components/Icon";
import { IconButton } from "~/components/IconButton";
import { author } from "~/features/chats/titles";
import { download } from "~/features/message/media/state";
import { isRtl, t } from "~/i18n";
import { shortDateTime } from "~/i18n/format";
import { go } from "~/lib/navigate";
import { onEscape } from "~/primitives/escape";
import { isMobile } from "~/primitives/media";
import { Filmstrip } from "./Filmstrip";
import s from "./Lightbox.module.css";
import { type Slide, setLightbox } from "./lightbox";
import { Stage } from "./Stage";

const ZOOMS = [1, 1.5, 2, 3, 4];

/** Pictures and videos, one at a time over everything. */
export function Lightbox(props: { account: number; slides: Slide[]; index: number }): JSX.Element {
  let dialog: HTMLDialogElement | undefined;
  const [at, setAt] = createSignal(props.index);
  const [zoom, setZoom] = createSignal(1);
  const [turn, setTurn] = createSignal(0);
  const slide = () => props.slides[at()] as Slide;
  const close = () => setLightbox(undefined);
  const step = (by: number) => setAt((i) => Math.min(props.slides.length - 1, Math.max(0, i + by)));
  const zoomBy = (by: number) => {
    const next = ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, ZOOMS.indexOf(zoom()) + by))];
    setZoom(next ?? 1);
  };
  createEffect(
    on(at, () => {
      setZoom(1);
      setTurn(0);
    }),
  );
  onEscape(close);
  onMount(() => dialog?.showModal());

  const onKey = (e: KeyboardEvent) => {
    const forward = isRtl() ? "ArrowLeft" : "ArrowRight";
    const backward = isRtl() ? "ArrowRight" : "ArrowLeft";
    if (e.key === forward) step(1);
    else if (e.key === backward) step(-1);
    else if (e.key === "Home") setAt(0);
    else if (e.key === "End") setAt(props.slides.length - 1);
    else if (e.key === "+" || e.key === "=") zoomBy(1);
    else if (e.key === "-") zoomBy(-1);
    else if (e.key === "r") setTurn((d) => d + 90);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  addEventListener("keydown", onKey, true);
  onCleanup(() => removeEventListener("keydown", onKey, true));

  return (
    <Portal>
      <dialog
        ref={dialog}
        class={s.box}
        aria-label={t("lightbox.title")}
        onCancel={(e) => {
          e.preventDefault();
          close();
        }}
      >
        <header class={s.head}>
          <Avatar
            name={author(slide().message).name}
            colour={author(slide().message).colour}
            src={author(slide().message).avatar}
            size={40}
          />
          <div class={s.who}>
            <strong dir="auto">{author(slide().message).name}</strong>
            <span>
              {shortDateTime(slide().message.date)} ·{" "}
              {t("lightbox.of", { i: at() + 1, n: props.slides.length })}
            </span>
          </div>
          <Show when={slide().message.kind === "photo" && !isMobile()}>
            <IconButton
              icon="zoomOut"
              label={t("lightbox.zoomOut")}
              disabled={zoom() === 1}
              onClick={() => zoomBy(-1)}
            />
            <IconButton
              icon="zoomIn"
              label={t("lightbox.zoomIn")}
              disabled={zoom() === ZOOMS.at(-1)}
              onClick={() => zoomBy(1)}
            />
            <IconButton icon="rotate" label={t("lightbox.rotate")} onClick={() => setTurn((d) => d + 90)} />
          </Show>
          <a
            class={s.download}
            href={download(slide().media)}
            download=""
            aria-label={t("message.download")}
            title={t("message.download")}
          >
            <Icon name="download" />
          </a>
          <IconButton
            icon="reply"
            label={t("lightbox.goTo")}
            onClick={() => {
              close();
              go(`/c/${props.account}/${slide().message.chat}/${slide().message.id}`);
            }}
          />
          <IconButton icon="close" label={t("app.close")} onClick={close} />
        </header>
        <Stage slide={slide()} zoom={zoom()} turn={turn()} onZoom={setZoom} onStep={step} onClose={close} />
        <Show when={at() > 0}>
          <IconButton
            icon="left"
            class={`${s.side} ${s.previous}`}
            label={t("lightbox.previous")}
            onClick={() => step(-1)}
          />
        </Show>
        <Show when={at() < props.slides.length - 1}>
          <IconButton
            icon="right"
            class={`${s.side} ${s.next}`}
            label={t("lightbox.next")}
            onClick={() => step(1)}
          />
        </Show>
        <Show when={slide().message.text}>
          <p class={s.caption} dir="auto">
            {slide().message.text}
          </p>
        </Show>
        <Filmstrip slides={props.slides} at={at()} onChoose={setAt} />
      </dialog>
    </Portal>
  );
}
