import { createSignal, type JSX, onMount } from "solid-js";
import { Button } from "~/components/Button";
import s from "./accounts.module.css";

type Props = {
  title: string;
  text: string;
  label: string;
  type: "tel" | "text" | "password";
  autocomplete: "tel" | "one-time-code" | "off";
  numeric?: boolean;
  maxLength?: number;
  submit: string;
  busy: boolean;
  error: string | undefined;
  onSubmit: (value: string) => void;
};

/** One question of the wizard. */
export function Step(props: Props): JSX.Element {
  let input: HTMLInputElement | undefined;
  const [value, setValue] = createSignal("");
  onMount(() => input?.focus());
  return (
    <form
      class={s.step}
      onSubmit={(e) => {
        e.preventDefault();
        if (value().trim() !== "") props.onSubmit(props.type === "password" ? value() : value().trim());
      }}
    >
      <h2>{props.title}</h2>
      <p class={s.text}>{props.text}</p>
      <input
        ref={input}
        type={props.type}
        aria-label={props.label}
        placeholder={props.label}
        autocomplete={props.autocomplete}
        inputmode={props.numeric ? "numeric" : undefined}
        maxLength={props.maxLength}
        dir="ltr"
        required
        value={value()}
        onInput={(e) => setValue(e.currentTarget.value)}
      />
      <p class={s.error} role="alert">
        {props.error}
      </p>
      <Button type="submit" look="fill" disabled={props.busy}>
        {props.submit}
      </Button>
    </form>
  );
}
