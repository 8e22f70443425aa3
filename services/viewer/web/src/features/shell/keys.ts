import { useLocation, useNavigate } from "@solidjs/router";
import { onCleanup } from "solid-js";
import { openCalendar } from "~/features/calendar/open";
import { openSwitcher } from "~/features/chats/Switcher";
import { chatById, chats } from "~/features/chats/store";
import { typing } from "~/lib/typing";
import { closeTopmost } from "~/primitives/escape";
import { focusGlobalSearch } from "./LeftColumn";
import { openShortcuts } from "./shortcuts";

/** Keys that hold everywhere. */
export function createKeys() {
  const navigate = useNavigate();
  const location = useLocation();
  const here = () => Number(/^\/c\/\d+\/(-?\d+)/.exec(location.pathname)?.[1]);

  const neighbour = (step: number) => {
    const list = chats().filter((c) => !c.archived);
    const at = list.findIndex((c) => c.id === here());
    const next = list[at < 0 ? 0 : at + step];
    if (next) navigate(`/c/${next.account}/${next.id}`);
  };

  const searchHere = () => {
    if (!here()) return focusGlobalSearch();
    const params = new URLSearchParams(location.search);
    if (!params.has("q")) params.set("q", "");
    navigate(`${location.pathname}?${params}`);
  };

  const onKey = (e: KeyboardEvent) => {
    const mod = e.ctrlKey || e.metaKey;
    if (e.key === "Escape") {
      if (!closeTopmost() && here()) navigate("/");
    } else if (mod && e.key.toLowerCase() === "k") openSwitcher();
    else if (mod && e.key.toLowerCase() === "f" && here()) searchHere();
    else if (e.altKey && (e.key === "ArrowDown" || e.key === "ArrowUp"))
      neighbour(e.key === "ArrowDown" ? 1 : -1);
    else if (mod || e.altKey || typing(e)) return;
    else if (e.key === "/") focusGlobalSearch();
    else if (e.key === "?") openShortcuts();
    else if (e.key === "d" && chatById(here())) {
      const chat = chatById(here());
      if (chat) openCalendar(chat, chat.last_message?.date ?? Date.now() / 1000);
    } else return;
    e.preventDefault();
  };
  addEventListener("keydown", onKey);
  onCleanup(() => removeEventListener("keydown", onKey));
}
