import { createMemo, type JSX, lazy, Match, Show, Suspense, Switch } from "solid-js";
import type { Message } from "~/api/types";
import { t } from "~/i18n";
import { fitSize } from "~/lib/fit";
import { createInView } from "~/primitives/createInView";
import { Frame } from "../media/Frame";
import { FullImage } from "../media/FullImage";
import { LoopVideo } from "../media/LoopVideo";
import s from "./Sticker.module.css";

// The player of animated stickers is a third of the page: it comes when one is seen.
const Tgs = lazy(() => import("./Tgs"));

/** What it holds is made when its place comes near the view for the first time. */
function Seen(props: { children: JSX.Element }): JSX.Element {
  const [look, inView] = createInView("300px");
  const seen = createMemo<boolean>((before) => before || inView(), false);
  return (
    <span ref={look} data-full="ready">
      <Show when={seen()}>{props.children}</Show>
    </span>
  );
}

export function Sticker(props: { message: Message }): JSX.Element {
  const media = () => props.message.media[0];
  const label = () => media()?.emoji || t("kind.sticker");
  return (
    <Show when={media()}>
      {(m) => (
        <div class={s.sticker}>
          <Frame media={m()} label={label()} size={fitSize(m().width ?? 512, m().height ?? 512, 208)}>
            {(src) => (
              <Switch fallback={<FullImage src={src} alt={label()} />}>
                <Match when={m().mime === "application/x-tgsticker" || /\.tgs$/.test(m().name ?? "")}>
                  <Seen>
                    <Suspense>
                      <Tgs src={src} label={label()} />
                    </Suspense>
                  </Seen>
                </Match>
                <Match when={m().mime.startsWith("video/")}>
                  <LoopVideo src={src} label={label()} />
                </Match>
              </Switch>
            )}
          </Frame>
        </div>
      )}
    </Show>
  );
}
