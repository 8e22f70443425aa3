import { createSignal } from "solid-js";
import { incidents } from "~/api/calls";
import { listen } from "~/api/events";
import { isAdmin, onEnd } from "~/features/session/session";

/** How many incidents wait for a person: the badge of the menu. */
const [openIncidents, setOpenIncidents] = createSignal(0);

export { openIncidents };

onEnd(() => setOpenIncidents(0));

export async function countIncidents() {
  if (!isAdmin()) return;
  const list = await incidents.list("open").catch(() => undefined);
  if (list) setOpenIncidents(list.incidents.length);
}

/** Call once, when somebody is logged in; gives what stops it. */
export function followIncidents(): () => void {
  void countIncidents();
  return listen({
    change: (c) => c.kind === "incident" && void countIncidents(),
    reload: () => void countIncidents(),
  });
}
