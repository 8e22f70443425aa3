import { createSignal } from "solid-js";
import { session } from "~/features/session/session";

/** What this browser and this archive allow, and why not. */

/** Each has a text that says the way out. */
export type Hindrance = "server" | "insecure" | "unsupported" | "anonymous" | "readOnly" | "blocked";

const current = () => ("Notification" in window ? Notification.permission : "default");
const [permission, setPermission] = createSignal(current());

export const granted = () => permission() === "granted";

// It may be changed in the browser's own settings while this page is open.
void navigator.permissions
  ?.query({ name: "notifications" })
  .then((status) => status.addEventListener("change", () => setPermission(current())))
  .catch(() => undefined);

/** Must be called from a click: browsers ask for nothing else. */
export async function askPermission(): Promise<boolean> {
  await Notification.requestPermission();
  setPermission(current());
  return granted();
}

/** What stands against any notification. */
export function hindrance(): Hindrance | undefined {
  if (!window.isSecureContext) return "insecure";
  if (!("Notification" in window) || !("serviceWorker" in navigator)) return "unsupported";
  return permission() === "denied" ? "blocked" : undefined;
}

/** What stands against those that come when the page is closed. */
export function pushHindrance(): Hindrance | undefined {
  const s = session();
  if (s?.push !== "full") return "server";
  if (s.anonymous) return "anonymous";
  if (s.read_only) return "readOnly";
  return hindrance() ?? ("PushManager" in window ? undefined : "unsupported");
}
