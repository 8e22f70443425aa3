import { type JSX, Show } from "solid-js";
import type { Message } from "~/api/types";
import { t } from "~/i18n";
import { Visual as Picture } from "../media/visual";

/** Photo, video, GIF. */
export function Visual(props: { message: Message }): JSX.Element {
  return (
    <Show when={props.message.media[0]} fallback={<p>{t("message.ttl")}</p>}>
      {(media) => <Picture message={props.message} media={media()} />}
    </Show>
  );
}
