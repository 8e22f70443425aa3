import { createSignal } from "solid-js";
import { session as api } from "~/api/calls";
import { ApiError, dropAnswers, setLoginNeeded } from "~/api/client";
import { connect, disconnect, listen } from "~/api/events";
import type { Session } from "~/api/types";
import { setServerZone } from "~/i18n/format";
import { go } from "~/lib/navigate";
import { pause } from "~/primitives/pause";

/** Who looks. `undefined`: not known yet; `null`: nobody, a log-in is needed. */
const [session, setSession] = createSignal<Session | null>();
const [failure, setFailure] = createSignal<unknown>();

/** An anonymous reader wants to be somebody. */
const [loggingIn, setLoggingIn] = createSignal(false);

export { failure, loggingIn, session, setLoggingIn };

export const isAdmin = () => session()?.role === "admin";

const beginnings: (() => void)[] = [];

/** What need not wait for a page to be drawn. */
export const onBegin = (work: () => void) => void beginnings.push(work);

async function begin(s: Session, following: Promise<void>) {
  setServerZone(s.time_zone);
  setLoginNeeded(false);
  setFailure(undefined);
  // First the stream, then what is read: so no change falls between them.
  await following;
  for (const work of beginnings) work();
  await pause();
  setLoggingIn(false);
  setSession(s);
}

// A stream ends with its session: whether it did is asked here, and a refusal leads to the log-in.
listen({ lost: () => session() && !leaving && void askWho() });

/** In another tab somebody else may have logged in, and who is nobody may read where everybody may. */
async function askWho() {
  const now = await api.get().catch(() => undefined);
  const before = session();
  if (now && before && now.name !== before.name) await beginAgain();
}

async function beginAgain() {
  end();
  setSession(undefined);
  await loadSession();
}

export async function loadSession() {
  try {
    const following = connect();
    await begin(await api.get(), following);
  } catch (e) {
    end();
    const refused = e instanceof ApiError && e.status === 401;
    setFailure(refused ? undefined : e);
    if (!refused) setSession(undefined);
  }
}

export async function logIn(name: string, password: string) {
  const s = await api.logIn(name, password);
  if (session()) end();
  await begin(s, connect());
}

const farewells: (() => Promise<void>)[] = [];

/** What is to be done while the session still stands. A log-out does not depend on it, nor wait for it for long. */
export const onLogOut = (work: () => Promise<void>) => void farewells.push(work);

const PATIENCE_MS = 3000;

let leaving = false;

export async function logOut() {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([Promise.allSettled(farewells.map((work) => work())), late]);
  leaving = true;
  try {
    await api.logOut();
    // Where one was is no business of who comes next, either.
    go("/");
    await beginAgain();
  } finally {
    leaving = false;
  }
}

const endings: (() => void)[] = [];

/** What forgets what belongs to who was logged in: whoever logs in next in this tab sees nothing of it. */
export const onEnd = (work: () => void) => void endings.push(work);

/** The session ended, by us or by the server. */
export function end() {
  disconnect();
  dropAnswers();
  setSession(null);
  for (const work of endings) work();
}
