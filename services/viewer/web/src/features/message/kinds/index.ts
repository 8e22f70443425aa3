import type { JSX } from "solid-js";
import type { Message, MessageKind } from "~/api/types";
import { Audio } from "./Audio";
import { Contact } from "./Contact";
import { Dice } from "./Dice";
import { Document } from "./Document";
import { Location } from "./Location";
import { Other } from "./Other";
import { Poll } from "./Poll";
import { RoundVideo } from "./RoundVideo";
import { Sticker } from "./Sticker";
import { Visual } from "./Visual";
import { Voice } from "./Voice";

/**
 * How each kind is shown. To add one: a component here, and its word in every language (`kind.*`).
 * - `edge`: it reaches to the edges of the bubble, above the text;
 * - `bare`: no bubble at all;
 * - `inside`: between the names and the text.
 */
export type KindView = {
  view: (props: { message: Message }) => JSX.Element;
  look: "edge" | "bare" | "inside";
};

export const kinds: Partial<Record<MessageKind, KindView>> = {
  photo: { view: Visual, look: "edge" },
  video: { view: Visual, look: "edge" },
  animation: { view: Visual, look: "edge" },
  round_video: { view: RoundVideo, look: "bare" },
  sticker: { view: Sticker, look: "bare" },
  dice: { view: Dice, look: "bare" },
  voice: { view: Voice, look: "inside" },
  audio: { view: Audio, look: "inside" },
  document: { view: Document, look: "inside" },
  contact: { view: Contact, look: "inside" },
  geo: { view: Location, look: "inside" },
  live_geo: { view: Location, look: "inside" },
  venue: { view: Location, look: "inside" },
  poll: { view: Poll, look: "inside" },
  game: { view: Other, look: "inside" },
  invoice: { view: Other, look: "inside" },
  unknown: { view: Other, look: "inside" },
};
