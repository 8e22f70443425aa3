import { createSignal } from "solid-js";
import type { Media, Message } from "~/api/types";
import { onEnd } from "~/features/session/session";
import { createStored } from "~/lib/stored";

/** One sound at a time, for the whole page: voice messages and music, with the next of its kind following by itself. */

export type Track = { message: Message; media: Media; account: number };
const SPEEDS = ["1", "1.5", "2"] as const;

const [track, setTrack] = createSignal<Track>();
const [playing, setPlaying] = createSignal(false);
const [position, setPosition] = createSignal(0);
const [length, setLength] = createSignal(0);
const [speed, setSpeed] = createStored<(typeof SPEEDS)[number]>("speed", "1", SPEEDS);

export { length, playing, position, speed, track };

let audio: HTMLAudioElement | undefined;
let queue: Track[] = [];

function element(): HTMLAudioElement {
  if (audio) return audio;
  const a = new Audio();
  a.preload = "auto";
  a.ontimeupdate = () => setPosition(a.currentTime);
  a.ondurationchange = () => Number.isFinite(a.duration) && setLength(a.duration);
  a.onplay = () => setPlaying(true);
  a.onpause = () => setPlaying(false);
  a.onended = next;
  a.onerror = () => setPlaying(false);
  audio = a;
  return a;
}

export const isTrack = (m: Message) => track()?.message.id === m.id && track()?.message.chat === m.chat;

/** Plays a message's sound, or stops and goes on where it was. `around` is what may follow. */
export function toggle(message: Message, media: Media, account: number, around: readonly Message[]) {
  if (isTrack(message)) {
    if (playing()) element().pause();
    else void element().play();
    return;
  }
  queue = around
    .filter((m) => m.kind === message.kind && m.media[0]?.state === "stored")
    .map((m) => ({ message: m, media: m.media[0] as Media, account }));
  start({ message, media, account });
}

function start(to: Track) {
  const a = element();
  setTrack(to);
  setPosition(0);
  setLength((to.media.duration_ms ?? 0) / 1000);
  a.src = to.media.url ?? "";
  a.playbackRate = to.message.kind === "voice" ? Number(speed()) : 1;
  void a.play().catch(() => setPlaying(false));
}

function next() {
  const at = queue.findIndex((x) => x.message.id === track()?.message.id);
  const following = queue[at + 1];
  if (at >= 0 && following) start(following);
  else setPlaying(false);
}

/** To a part of the whole, 0..1. */
export function seek(part: number) {
  const a = element();
  const total = length();
  if (total > 0) {
    a.currentTime = Math.min(1, Math.max(0, part)) * total;
    setPosition(a.currentTime);
  }
}

export function cycleSpeed() {
  const i = SPEEDS.indexOf(speed());
  setSpeed(SPEEDS[(i + 1) % SPEEDS.length] ?? "1");
  if (track()?.message.kind === "voice") element().playbackRate = Number(speed());
}

export function stop() {
  audio?.pause();
  setTrack(undefined);
}

onEnd(() => {
  stop();
  audio?.removeAttribute("src");
  queue = [];
});

/** A video with sound begins: what plays here makes way. */
export const makeWay = () => playing() && element().pause();
