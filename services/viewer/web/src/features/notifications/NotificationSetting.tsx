import { type JSX, Show } from "solid-js";
import { session } from "~/features/session/session";
import { t } from "~/i18n";
import { hindrance, pushHindrance } from "./allowed";
import s from "./NotificationSetting.module.css";
import { setWanted, wanted } from "./notify";
import { PushChats } from "./PushChats";
import { busy, disablePush, enablePush, failure, subscribed, wantsPush } from "./push";

export function NotificationSetting(): JSX.Element {
  return (
    <Show when={session()?.push !== "off"} fallback={<p class={s.hint}>{t("settings.notificationsOff")}</p>}>
      <Switch
        label={t("settings.notificationsOn")}
        checked={wanted()}
        disabled={hindrance() !== undefined}
        onChange={setWanted}
      />
      {/* What hinders both is said once, below. */}
      <Show when={hindrance() !== pushHindrance() && hindrance()} keyed>
        {(why) => <p class={s.hint}>{t(`push.${why}`)}</p>}
      </Show>
      <Switch
        label={t("push.device")}
        checked={wantsPush() && !pushHindrance()}
        disabled={pushHindrance() !== undefined || busy()}
        onChange={(on) => (on ? enablePush() : disablePush())}
      />
      <p class={s.hint} role="status">
        <Show
          when={pushHindrance()}
          fallback={
            <Show when={failure()} fallback={subscribed() ? t("push.on") : ""}>
              {(why) => <span class={s.failed}>{t("push.failed", { why: why() })}</span>}
            </Show>
          }
        >
          {(why) => t(`push.${why()}`)}
        </Show>
      </p>
      <Show when={wantsPush() && !pushHindrance()}>
        <PushChats />
      </Show>
    </Show>
  );
}

function Switch(props: {
  label: string;
  checked: boolean;
  disabled: boolean;
  onChange: (on: boolean) => Promise<void>;
}): JSX.Element {
  const change = async (box: HTMLInputElement) => {
    await props.onChange(box.checked);
    // Refused: the box says what is, not what was clicked.
    box.checked = props.checked;
  };
  return (
    <label class={s.option} classList={{ [s.disabled ?? ""]: props.disabled }}>
      <input
        type="checkbox"
        checked={props.checked}
        disabled={props.disabled}
        onChange={(e) => void change(e.currentTarget)}
      />
      <span>{props.label}</span>
    </label>
  );
}
