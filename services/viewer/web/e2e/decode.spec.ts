import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import type { Media } from "../src/api/types";
import { expect, look as test } from "./showcase";

/** Each small file of the demo, as the viewer serves it, decoded by the browser itself. */

const ASSETS = fileURLToPath(new URL("../../../../crates/telegram-sim/assets/", import.meta.url));
const LIMIT = 400 * 1024;
const files = readdirSync(ASSETS).filter((name) => name !== "make" && name !== "README.md");
/** Beside a film: its poster and the colours of that, which have no message of their own. */
const SENT = files.filter((name) => !/\.(jpg|rgb|waveform)$/.test(name));

test("the demo's files are small enough to be carried along", () => {
  expect(files.length).toBeGreaterThan(30);
  const bytes = files.reduce((sum, name) => sum + statSync(ASSETS + name).size, 0);
  expect(bytes).toBeLessThanOrEqual(LIMIT);
});

const extension = (name: string) => name.split(".").at(-1) ?? "";

for (const kind of new Set(SENT.map(extension)))
  test(`each ${kind} comes as it is, and decodes`, async ({ archive, showcase }) => {
    for (const name of SENT.filter((n) => extension(n) === kind))
      await test.step(name, async () => {
        const own = readFileSync(ASSETS + name);
        const same = showcase.messages.flatMap((m) => m.media).filter((f) => f.size === own.byteLength);
        const bodies = await Promise.all(
          same.map(async (f) => ({ f, body: await (await archive.request.get(f.url ?? "")).body() })),
        );
        const found = bodies.find(({ body }) => own.equals(body))?.f;
        expect(found, `${name} is in the showcase`).toBeDefined();
        const decode = DECODE[kind];
        if (!decode) throw new Error(`nobody knows how to decode ${name}`);
        await decode(archive, found as Media, own);
      });
  });

test("a photo (JPEG) of the demo decodes", async ({ archive, showcase }) => {
  const photo = showcase.find((m) => m.kind === "photo").media[0] as Media;
  expect(photo.mime).toBe("image/jpeg");
  await picture(archive, photo, { least: 500, opaque: true });
});

test("a picture sent as a file (PNG) decodes", async ({ archive, showcase }) => {
  const file = showcase.said("A picture as a file").media[0] as Media;
  expect(file.mime).toBe("image/png");
  await picture(archive, file, { least: 300, opaque: true });
});

test("an avatar decodes", async ({ archive, showcase }) => {
  const url = showcase.find((m) => (m.sender?.avatar ?? null) !== null).sender?.avatar ?? "";
  await picture(archive, { url, width: null, height: null }, { least: 100, opaque: true });
});

type Decode = (page: Page, media: Media, own: Buffer) => Promise<void>;

const DECODE: Record<string, Decode> = {
  webp: (page, media) => picture(page, media, { least: 4, opaque: false }),
  mp4: (page, media) => film(page, media, false),
  webm: (page, media) => film(page, media, true),
  ogg: (page, media) => sound(page, media),
  mp3: (page, media) => sound(page, media),
  tgs: (page, media) => lottie(page, media),
  pdf: async (_, __, own) => expect(own.subarray(0, 5).toString("latin1")).toBe("%PDF-"),
  gpx: async (page, media) => {
    const points = await page.evaluate(async (url) => {
      const text = await (await fetch(url)).text();
      return new DOMParser().parseFromString(text, "application/xml").querySelectorAll("trkpt").length;
    }, media.url ?? "");
    expect(points).toBeGreaterThan(10);
  },
  csv: async (_, __, own) => expect(own.toString().trim().split("\n").length).toBeGreaterThan(2),
};

async function picture(
  page: Page,
  media: Pick<Media, "url" | "width" | "height">,
  wanted: { least: number; opaque: boolean },
) {
  const seen = await page.evaluate(async (url) => {
    const bitmap = await createImageBitmap(await (await fetch(url)).blob());
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    const data = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
    const colours = new Set<number>();
    let clear = 0;
    for (let i = 0; i < data.length; i += 4) {
      if ((data[i + 3] ?? 0) < 8) clear += 1;
      else colours.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
    }
    return { width, height, colours: colours.size, clear: clear / (width * height) };
  }, media.url ?? "");
  if (media.width !== null) expect(seen).toMatchObject({ width: media.width, height: media.height });
  expect(seen.colours).toBeGreaterThanOrEqual(wanted.least);
  if (wanted.opaque) expect(seen.clear).toBe(0);
  else expect(seen.clear).toBeGreaterThan(0.1);
}

async function film(page: Page, media: Media, clear: boolean) {
  const seen = await page.evaluate(async (url) => {
    const video = document.createElement("video");
    video.muted = true;
    video.src = url;
    await new Promise((done, failed) => {
      video.addEventListener("loadeddata", done);
      video.addEventListener("error", () => failed(new Error(video.error?.message)));
    });
    video.currentTime = video.duration / 2;
    await new Promise((done) => video.addEventListener("seeked", done));
    const { videoWidth: width, videoHeight: height, duration } = video;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    const colours = new Set<number>();
    let none = 0;
    // A place that is reached has its picture some moments later.
    for (let tries = 0; tries < 100 && colours.size === 0; tries++) {
      await new Promise((done) => setTimeout(done, 20));
      context?.drawImage(video, 0, 0);
      const data = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
      none = 0;
      for (let i = 0; i < data.length; i += 4) {
        if ((data[i + 3] ?? 0) < 8) none += 1;
        else colours.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
      }
    }
    return { width, height, duration, colours: colours.size, none: none / (width * height) };
  }, media.url ?? "");
  expect(seen).toMatchObject({ width: media.width, height: media.height });
  expect(Math.abs(seen.duration - (media.duration_ms ?? 0) / 1000)).toBeLessThan(0.5);
  expect(seen.colours).toBeGreaterThan(8);
  if (clear) expect(seen.none).toBeGreaterThan(0.1);
  else expect(seen.none).toBe(0);
}

async function sound(page: Page, media: Media) {
  const seen = await page.evaluate(async (url) => {
    const bytes = await (await fetch(url)).arrayBuffer();
    const buffer = await new OfflineAudioContext(1, 1, 48_000).decodeAudioData(bytes);
    const samples = buffer.getChannelData(0);
    const square = samples.reduce((sum, s) => sum + s * s, 0);
    return { duration: buffer.duration, loud: Math.sqrt(square / samples.length) };
  }, media.url ?? "");
  expect(Math.abs(seen.duration - (media.duration_ms ?? 0) / 1000)).toBeLessThan(0.5);
  expect(seen.loud).toBeGreaterThan(0.005);
}

/** Unpacked and read here; that the player draws it is shown by the sticker's own message. */
async function lottie(page: Page, media: Media) {
  const seen = await page.evaluate(async (url) => {
    const body = (await fetch(url)).body?.pipeThrough(new DecompressionStream("gzip"));
    return (await new Response(body).json()) as { w: number; h: number; fr: number; op: number; layers: [] };
  }, media.url ?? "");
  expect(seen).toMatchObject({ w: 512, h: 512 });
  expect(seen.layers.length).toBeGreaterThan(0);
  expect(seen.op / seen.fr).toBeGreaterThan(0.5);
}
