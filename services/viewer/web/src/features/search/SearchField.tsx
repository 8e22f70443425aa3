import { createSignal, For, type JSX, Show } from "solid-js";
import { Icon } from "~/components/Icon";
import { IconButton } from "~/components/IconButton";
import { type Key, t } from "~/i18n";
import { OPERATORS, type Operator, VALUES } from "~/lib/query";
import s from "./SearchField.module.css";

type Props = {
  value: string;
  placeholder: string;
  onInput: (value: string) => void;
  onKeyDown?: (e: KeyboardEvent) => void;
  onFocus?: () => void;
  ref?: (el: HTMLInputElement) => void;
  operators?: readonly Operator[];
};

/** A line to search in. While it has the focus it offers the operators, and the values of one that is begun. */
export function SearchField(props: Props): JSX.Element {
  let input: HTMLInputElement | undefined;
  const [focused, setFocused] = createSignal(false);
  const lastWord = () => /(\S*)$/.exec(props.value)?.[1] ?? "";
  const begun = () => OPERATORS.find((o) => lastWord().startsWith(`${o}:`));
  const offers = () => {
    const op = begun();
    if (op) {
      const typed = lastWord().slice(op.length + 1);
      return (VALUES[op] ?? []).filter((v) => v.startsWith(typed) && v !== typed).map((v) => `${op}:${v}`);
    }
    return (props.operators ?? OPERATORS).filter((o) => o.startsWith(lastWord())).map((o) => `${o}:`);
  };
  const take = (offer: string) => {
    const value = props.value.slice(0, props.value.length - lastWord().length) + offer;
    props.onInput(offer.endsWith(":") ? value : `${value} `);
    input?.focus();
  };

  return (
    <div
      class={s.field}
      onFocusIn={() => setFocused(true)}
      onFocusOut={(e) =>
        !e.currentTarget.contains(e.relatedTarget as globalThis.Node | null) && setFocused(false)
      }
    >
      <Icon name="search" class={s.icon ?? ""} />
      <input
        ref={(el) => {
          input = el;
          props.ref?.(el);
        }}
        type="search"
        class={s.input}
        value={props.value}
        placeholder={props.placeholder}
        aria-label={props.placeholder}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        enterkeyhint="search"
        dir="auto"
        onInput={(e) => props.onInput(e.currentTarget.value)}
        onKeyDown={(e) => props.onKeyDown?.(e)}
        onFocus={() => props.onFocus?.()}
      />
      <Show when={props.value}>
        <IconButton
          icon="close"
          class={s.clear ?? ""}
          label={t("search.clear")}
          onClick={() => {
            props.onInput("");
            input?.focus();
          }}
        />
      </Show>
      <Show when={focused() && offers().length > 0}>
        <ul class={s.offers} aria-label={t("search.operators")}>
          <For each={offers()}>
            {(offer) => (
              <li>
                <button type="button" class={s.offer} onClick={() => take(offer)}>
                  <code>{offer}</code>
                  <Show when={offer.endsWith(":")}>
                    <span>{t(`search.op.${offer.slice(0, -1)}` as Key)}</span>
                  </Show>
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </div>
  );
}
