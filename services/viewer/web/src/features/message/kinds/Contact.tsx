import { type JSX, Show } from "solid-js";
import type { BodyOf, Message } from "~/api/types";
import { t } from "~/i18n";
import { Card } from "./Card";

export function Contact(props: { message: Message }): JSX.Element {
  const body = () =>
    props.message.body?.type === "contact" ? (props.message.body as BodyOf<"contact">) : undefined;
  return (
    <Show when={body()}>
      {(c) => (
        <Card
          icon="person"
          title={`${c().first_name} ${c().last_name}`.trim() || t("kind.contact")}
          lines={[c().phone, c().user_id > 0 ? t("card.user", { id: String(c().user_id) }) : undefined]}
        />
      )}
    </Show>
  );
}
