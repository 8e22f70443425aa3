import type { Chat } from "~/api/types";
import type { MenuItem } from "~/components/Menu";
import { t } from "~/i18n";
import { canMute, isMuted, setMute } from "./mutes";

/** For the menu of a chat: nothing where nobody could be told anyway. */
export function muteItems(chat: Chat): MenuItem[] {
  if (!canMute()) return [];
  const of = { account: chat.account, chat: chat.id };
  const muted = isMuted(of);
  return [
    {
      icon: muted ? "sound" : "mute",
      label: t(muted ? "chat.unmute" : "chat.mute"),
      run: () => void setMute(of, !muted),
    },
  ];
}
