import type { Media } from "~/api/types";
import { type Key, t } from "~/i18n";

/** Why a file is not there, in words. */
export function stateText(m: Media): string {
  if (m.state === "wanted") return t("media.wanted");
  if (m.state === "skipped") return t(`media.${m.reason ?? "unavailable"}` as Key);
  return "";
}

/** Whether its bytes may be shown in the page. */
export const playable = (m: Media | undefined): m is Media & { url: string } =>
  m !== undefined && m.state === "stored" && m.inline && m.url !== null;

export const download = (m: Media) => (m.url ? `${m.url}?download=1` : undefined);
