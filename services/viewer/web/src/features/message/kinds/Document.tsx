import { type JSX, Show } from "solid-js";
import type { Message } from "~/api/types";
import { Icon } from "~/components/Icon";
import { t } from "~/i18n";
import { bytes } from "~/i18n/format";
import { plainName, splitName } from "~/lib/names";
import { download, stateText } from "../media/state";
import s from "./Document.module.css";

/** A file: its kind as a coloured sheet, its name with the end kept, its size, and whether it is here. */
export function Document(props: { message: Message }): JSX.Element {
  const media = () => props.message.media[0];
  const name = () => plainName(media()?.name ?? t("media.unnamed"));
  const ending = () => (/\.([\p{L}\p{N}]{1,5})$/u.exec(name())?.[1] ?? "").toLowerCase();
  const hue = () =>
    ({
      pdf: "red",
      zip: "gold",
      rar: "gold",
      "7z": "gold",
      gz: "gold",
      xls: "green",
      xlsx: "green",
      csv: "green",
    })[ending()] ?? "blue";
  return (
    <Show when={media()}>
      {(m) => (
        <a
          class={s.file}
          href={m().state === "stored" ? download(m()) : undefined}
          download={plainName(m().name ?? "")}
          aria-label={`${t("message.download")}: ${name()}`}
        >
          <span class={s.sheet} data-hue={hue()}>
            <Show
              when={m().state === "stored"}
              fallback={<Icon name={m().state === "wanted" ? "clock" : "warn"} />}
            >
              <Show when={ending()} fallback={<Icon name="file" />}>
                <span class={s.ending}>{ending()}</span>
              </Show>
            </Show>
          </span>
          <span class={s.text}>
            <span class={s.name} dir="auto" title={name()}>
              <span class={s.start}>{splitName(name())[0]}</span>
              <span>{splitName(name())[1]}</span>
            </span>
            <span class={s.sub}>
              {m().size === null ? "" : bytes(m().size ?? 0)}
              <Show when={m().state !== "stored"}>
                {" "}
                <span class={s.state}>{stateText(m())}</span>
              </Show>
            </span>
          </span>
        </a>
      )}
    </Show>
  );
}
