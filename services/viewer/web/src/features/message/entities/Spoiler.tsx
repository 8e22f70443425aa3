import { Show, useContext } from "solid-js";
import { t } from "~/i18n";
import { type EntityView, Nodes, SpoilerContext } from "../parts/Nodes";
import s from "./Spoiler.module.css";

export const Spoiler: EntityView = (props) => {
  const spoilers = useContext(SpoilerContext);
  return (
    <Show
      when={!spoilers?.open()}
      fallback={
        <span class={s.shown}>
          <Nodes nodes={props.branch.children} />
        </span>
      }
    >
      <button
        type="button"
        class={s.hidden}
        aria-label={t("message.spoiler")}
        onClick={() => spoilers?.setOpen(true)}
      >
        <span aria-hidden="true">{props.branch.text}</span>
      </button>
    </Show>
  );
};
