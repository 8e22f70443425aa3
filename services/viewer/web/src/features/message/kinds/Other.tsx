import type { JSX } from "solid-js";
import type { Message } from "~/api/types";
import type { IconName } from "~/components/Icon";
import { useChat } from "~/features/timeline/context";
import { t } from "~/i18n";
import { kindLabel } from "../labels";
import { Card } from "./Card";

const ICONS: Partial<Record<Message["kind"], IconName>> = { game: "pulse", invoice: "file" };

/** What this version cannot show: its name, and everything Telegram sent of it. */
export function Other(props: { message: Message }): JSX.Element {
  const chat = useChat();
  const telegramName = () => (props.message.body?.type === "other" ? props.message.body.constructor : "");
  return (
    <Card
      icon={ICONS[props.message.kind] ?? "code"}
      title={kindLabel(props.message.kind)}
      lines={[String(telegramName()).replace(/^messageMedia/, ""), t("message.unknown")]}
    >
      <button type="button" onClick={() => chat.showRaw(props.message)}>
        {t("message.showRaw")}
      </button>
    </Card>
  );
}
