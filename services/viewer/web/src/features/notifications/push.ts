import { createSignal } from "solid-js";
import { push as api, chats as chatApi } from "~/api/calls";
import { ApiError } from "~/api/client";
import type { ChatKey, NewPushSubscription } from "~/api/types";
import { errorText } from "~/components/toast";
import { onEnd, onLogOut, session } from "~/features/session/session";
import { t } from "~/i18n";
import { createStored, readJson, write } from "~/lib/stored";
import { askPermission, granted, pushHindrance } from "./allowed";
import { registration, teachChats } from "./worker";

/** Web Push on this device: the browser's subscription, and the server's knowledge of it. */

/** The user who asked to be told here; somebody else who logs in is not. */
const [wantedBy, setWantedBy] = createStored<string>("push", "");
const [subscribed, setSubscribed] = createSignal(false);
const [failure, setFailure] = createSignal<string>();
const [busy, setBusy] = createSignal(false);

/** The chats that a user wants to be told of here; without: all. */
type Choice = { by: string; chats: ChatKey[] };
const [choice, setChoice] = createSignal(readJson<Choice | null>("pushChats") ?? undefined);

/** What the server takes of one subscription. */
export const CHATS_LIMIT = 100;

/** `subscribed`: the server tells this device, as far as is known. */
export { busy, failure, subscribed };

export const wantsPush = () => wantedBy() !== "" && wantedBy() === session()?.name;

/** `undefined`: all. */
export const chosenChats = (): readonly ChatKey[] | undefined =>
  choice()?.by === session()?.name ? choice()?.chats : undefined;

function keepChoice(chats: readonly ChatKey[] | undefined) {
  const by = session()?.name;
  setChoice(chats && by ? { by, chats: [...chats] } : undefined);
  write("pushChats", JSON.stringify(choice() ?? null));
}

let telling: Promise<unknown> = Promise.resolve();

/** One after the other: what the server hears last is what was chosen last. */
export function chooseChats(chats: readonly ChatKey[] | undefined) {
  keepChoice(chats);
  telling = telling.then(() => attempt(subscribe));
}

/** From a click. */
export async function enablePush() {
  const name = session()?.name;
  if (!name || !(await askPermission())) return;
  if (await attempt(subscribe)) setWantedBy(name);
}

export async function disablePush() {
  setWantedBy("");
  await attempt(unsubscribe);
}

/**
 * Call when somebody is logged in. A subscription ends with its session, so the new one is told of it; and what another
 * user of this browser asked for is no business of this one.
 */
export async function keepPush() {
  setSubscribed(false);
  setFailure(undefined);
  if (pushHindrance() || !granted()) return;
  if (wantsPush()) await attempt(subscribe);
  else await (await current())?.unsubscribe();
}

onEnd(() => {
  setSubscribed(false);
  setFailure(undefined);
  setBusy(false);
});

onLogOut(async () => {
  if (!pushHindrance()) await unsubscribe();
});

async function attempt(work: () => Promise<void>): Promise<boolean> {
  setBusy(true);
  setFailure(undefined);
  try {
    await work();
    return true;
  } catch (e) {
    setSubscribed(false);
    setFailure(reason(e));
    return false;
  } finally {
    setBusy(false);
  }
}

function reason(e: unknown): string {
  // What browsers say when their vendor's push service cannot be reached, or is switched off.
  if (e instanceof DOMException && e.name === "AbortError") return t("push.vendor");
  return e instanceof ApiError ? errorText(e) : e instanceof Error ? e.message : String(e);
}

const current = async () => (await (await registration())?.pushManager.getSubscription()) ?? null;

async function subscribe() {
  const worker = await registration();
  if (!worker) throw new Error(t("push.unsupported"));
  const { key } = await api.key();
  const wanted = fromBase64Url(key);
  let own = await worker.pushManager.getSubscription();
  // Made with a key that the archive does not sign with any more.
  if (own && !same(own.options.applicationServerKey, wanted)) {
    await own.unsubscribe();
    own = null;
  }
  own ??= await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted });
  const { endpoint, keys } = own.toJSON();
  await tell({
    endpoint: endpoint ?? "",
    keys: { p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" },
  });
  await teachChats(chosenChats());
  setSubscribed(true);
}

async function tell(subscription: NewPushSubscription) {
  const chats = chosenChats();
  if (!chats) return api.subscribe(subscription);
  try {
    return await api.subscribe({ ...subscription, chats: [...chats] });
  } catch (e) {
    const left = isGone(e) ? await known(chats) : [];
    if (left.length === 0) throw e;
    keepChoice(left);
    return api.subscribe({ ...subscription, chats: left });
  }
}

const isGone = (e: unknown) => e instanceof ApiError && e.status === 404;

/** Without those that the user may not see any more. */
async function known(chats: readonly ChatKey[]): Promise<ChatKey[]> {
  const there = await Promise.all(
    chats.map((key) =>
      chatApi.get(key).then(
        () => true,
        (e) => !isGone(e),
      ),
    ),
  );
  return chats.filter((_, i) => there[i]);
}

async function unsubscribe() {
  setSubscribed(false);
  await teachChats(undefined);
  const own = await current();
  if (!own) return;
  // The browser's first: whatever the server answers, this device is not told any more.
  await own.unsubscribe();
  const known = (await api.list()).subscriptions.filter((s) => s.endpoint === own.endpoint);
  await Promise.all(known.map((s) => api.unsubscribe(s.id)));
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}

function same(a: ArrayBuffer | null | undefined, b: Uint8Array): boolean {
  const held = new Uint8Array(a ?? new ArrayBuffer(0));
  return held.length === b.length && held.every((byte, i) => byte === b[i]);
}
