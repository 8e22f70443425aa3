import { CHATS, post, unique } from "./telegram";
import { expect, goToChat, message, test } from "./world";

/** From a post on Telegram to the page: printed, not judged. `LATENCY=1`, alone and with a release build. */
test.skip(!process.env.LATENCY, "LATENCY is not set");

const TIMES = 30;

test("how long a message takes to the page", async ({ archive }) => {
  await goToChat(archive, CHATS.lantern);
  const ways: number[] = [];
  for (let n = 0; n < TIMES; n++) {
    const words = unique();
    const seen = archive.evaluate(
      (text) =>
        new Promise<number>((resolve) => {
          const list = document.querySelector("#messages");
          const observer = new MutationObserver(() => {
            if (!list?.textContent?.includes(text)) return;
            observer.disconnect();
            resolve(performance.timeOrigin + performance.now());
          });
          if (list) observer.observe(list, { childList: true, subtree: true, characterData: true });
        }),
      words,
    );
    // The observer is there when the next question of the same page is answered.
    await archive.evaluate(() => 0);
    const sent = performance.timeOrigin + performance.now();
    const id = await post(CHATS.lantern, words);
    ways.push((await seen) - sent);
    await expect(message(archive, id)).toBeInViewport();
  }
  ways.sort((a, b) => a - b);
  const at = (share: number) => `${Math.round(ways[Math.floor(ways.length * share)] ?? 0)} ms`;
  process.stdout.write(`    post to page, ${TIMES} messages: p50 ${at(0.5)}, p95 ${at(0.95)}\n`);
});
