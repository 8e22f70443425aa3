import type { Message } from "~/api/types";
import { type MenuItem, openMenu } from "~/components/Menu";
import { toast } from "~/components/toast";
import type { ChatView } from "~/features/timeline/context";
import { t } from "~/i18n";
import { download } from "./media/state";

const copy = (text: string) =>
  navigator.clipboard.writeText(text).then(
    () => toast(t("app.copied")),
    () => undefined,
  );

const messageLink = (account: number, m: Message) => `${location.origin}/c/${account}/${m.chat}/${m.id}`;

/** What can be done with a message. */
export function openMessageMenu(x: number, y: number, m: Message, view: ChatView) {
  const file = m.media.find((f) => f.state === "stored");
  const items: MenuItem[] = [];
  if (m.text) items.push({ icon: "copy", label: t("message.copyText"), run: () => copy(m.text) });
  items.push({
    icon: "link",
    label: t("message.copyLink"),
    run: () => copy(messageLink(view.chat().account, m)),
  });
  if (m.versions > 1)
    items.push({ icon: "edit", label: t("message.showHistory"), run: () => view.showHistory(m) });
  if (file)
    items.push({ icon: "download", label: t("message.download"), run: () => save(download(file) ?? "") });
  items.push({ icon: "code", label: t("message.showRaw"), run: () => view.showRaw(m) });
  openMenu(x, y, t("message.actions"), items);
}

function save(url: string) {
  const a = document.createElement("a");
  a.href = url;
  a.download = "";
  a.click();
}
