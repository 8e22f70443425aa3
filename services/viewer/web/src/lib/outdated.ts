import { createSignal } from "solid-js";

/** Parts of the page that are gone: the archive was upgraded while the page was open. A new page has them. */

const KEY = "reloaded";
/** A new page that misses a part again would be reloaded for ever. */
const AGAIN_MS = 60_000;

/** A new page is coming. */
const [leaving, setLeaving] = createSignal(false);

export { leaving };

export const followParts = () => addEventListener("vite:preloadError", () => void renew());

async function renew() {
  if (leaving()) return;
  setLeaving(true);
  if ((await answers()) && remember()) location.reload();
  else setLeaving(false);
}

/** Without a connection nothing comes, and what is open would be lost. */
const answers = () =>
  fetch("/", { cache: "no-store" }).then(
    (answer) => answer.ok,
    () => false,
  );

/** Whether it may be done: not twice in a while, and never where that cannot be known. */
function remember(): boolean {
  try {
    if (Date.now() - Number(sessionStorage.getItem(KEY)) < AGAIN_MS) return false;
    sessionStorage.setItem(KEY, String(Date.now()));
    return true;
  } catch {
    return false;
  }
}
