import { type JSX, Show } from "solid-js";
import type { BodyOf, Message } from "~/api/types";
import { t } from "~/i18n";
import { span } from "~/i18n/format";
import { kindLabel } from "../labels";
import { Card } from "./Card";

/** A place. The map is one click away, on another site: the page itself asks nobody else. */
export function Location(props: { message: Message }): JSX.Element {
  const body = () =>
    props.message.body?.type === "location" ? (props.message.body as BodyOf<"location">) : undefined;
  return (
    <Show when={body()}>
      {(l) => {
        const [lat, lon] = [l().latitude.toFixed(5), l().longitude.toFixed(5)];
        return (
          <Card
            icon="map"
            title={l().title ?? kindLabel(props.message.kind)}
            lines={[
              l().address ?? undefined,
              t("card.coordinates", { lat, lon }),
              l().period_seconds ? t("card.live", { span: span(l().period_seconds ?? 0) }) : undefined,
            ]}
          >
            <a
              href={`https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=15/${lat}/${lon}`}
              target="_blank"
              rel="noopener noreferrer"
            >
              {t("card.openMap")}
            </a>
          </Card>
        );
      }}
    </Show>
  );
}
