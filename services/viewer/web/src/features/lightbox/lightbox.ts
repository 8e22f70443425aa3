import { createSignal } from "solid-js";
import type { Media, Message } from "~/api/types";

export type Slide = { message: Message; media: Media };
/** Of which account, for the way back to a message. */
type Open = { account: number; slides: Slide[]; index: number };

export const [lightbox, setLightbox] = createSignal<Open>();

const VISUAL = new Set(["photo", "video", "animation"]);

/** Everything one can look at among these messages, in their order. */
function slidesOf(messages: readonly Message[]): Slide[] {
  return messages.flatMap((message) => {
    const media = message.media[0];
    return media && VISUAL.has(message.kind) && media.state === "stored" && media.inline
      ? [{ message, media }]
      : [];
  });
}

export function openLightbox(account: number, messages: readonly Message[], id: number) {
  const slides = slidesOf(messages);
  const index = slides.findIndex((x) => x.message.id === id);
  if (index >= 0) setLightbox({ account, slides, index });
}
