import type { Peer } from "~/api/types";
import { openMenu } from "~/components/Menu";
import { toast } from "~/components/toast";
import { chatById } from "~/features/chats/store";
import type { ChatView } from "~/features/timeline/context";
import { t } from "~/i18n";
import { peerName } from "~/lib/names";
import { go } from "~/lib/navigate";

/** What can be done with somebody who wrote. */
export function openPeerMenu(e: MouseEvent, peer: Peer, view: ChatView) {
  const box = (e.currentTarget as HTMLElement).getBoundingClientRect();
  const chat = chatById(peer.id);
  openMenu(box.left, box.bottom + 4, peerName(peer), [
    { icon: "search", label: t("peer.messagesHere"), run: () => view.searchFor(`from:${peer.id}`) },
    ...(chat && chat.id !== view.chat().id
      ? [
          {
            icon: "person" as const,
            label: t("peer.openChat"),
            run: () => go(`/c/${chat.account}/${chat.id}`),
          },
        ]
      : []),
    ...(peer.username
      ? [
          {
            icon: "copy" as const,
            label: `@${peer.username}`,
            run: () =>
              navigator.clipboard.writeText(`@${peer.username}`).then(
                () => toast(t("app.copied")),
                () => undefined,
              ),
          },
        ]
      : []),
  ]);
}
