import { For, Show } from "solid-js";
import { IconButton } from "~/components/IconButton";
import { toast } from "~/components/toast";
import { t } from "~/i18n";
import { colours } from "~/lib/code";
import { type EntityView, Nodes } from "../parts/Nodes";
import s from "./Code.module.css";

export const Code: EntityView = (props) => (
  <code class={s.code}>
    <Nodes nodes={props.branch.children} />
  </code>
);

export const Pre: EntityView = (props) => {
  const language = () => props.branch.entity.language ?? "";
  const copy = () =>
    navigator.clipboard.writeText(props.branch.text).then(
      () => toast(t("app.copied")),
      () => undefined,
    );
  return (
    <span class={s.block}>
      <span class={s.bar}>
        <span dir="ltr">{language()}</span>
        <IconButton icon="copy" class={s.copy ?? ""} label={t("app.copy")} onClick={copy} />
      </span>
      <code class={s.pre} dir="ltr" tabIndex={0}>
        <Show when={language()} fallback={props.branch.text}>
          <For each={colours(props.branch.text)}>
            {(part) => (part.kind ? <span data-code={part.kind}>{part.text}</span> : part.text)}
          </For>
        </Show>
      </code>
    </span>
  );
};
