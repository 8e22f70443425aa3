import type { JSX } from "solid-js";
import type { Gap } from "~/api/types";
import { Icon } from "~/components/Icon";
import { t } from "~/i18n";
import s from "./GapMarker.module.css";

/** Ids that no walk has covered: an honest hole instead of a silent one. */
export function GapMarker(props: { gap: Gap }): JSX.Element {
  return (
    <div class={s.gap} role="listitem" title={t("chat.gapText")}>
      <Icon name="warn" />
      {t("chat.gap", { first: props.gap.first_id, last: props.gap.last_id })}
    </div>
  );
}
