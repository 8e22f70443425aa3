import { createSignal, type JSX, Show } from "solid-js";
import { session } from "~/features/session/session";
import { t } from "~/i18n";
import { setWanted, supported, wanted } from "./notify";

export function NotificationSetting(): JSX.Element {
  const [denied, setDenied] = createSignal(supported() && Notification.permission === "denied");
  const toggle = async (on: boolean) => {
    if (on && supported()) {
      const answer = await Notification.requestPermission();
      setDenied(answer === "denied");
      if (answer !== "granted") {
        setWanted("off");
        return;
      }
    }
    setWanted(on ? "on" : "off");
  };
  return (
    <Show when={session()?.push !== "off" && supported()} fallback={<p>{t("settings.notificationsOff")}</p>}>
      <label>
        <input
          type="checkbox"
          checked={wanted() === "on" && !denied()}
          disabled={denied()}
          onChange={(e) => void toggle(e.currentTarget.checked)}
        />{" "}
        {t("settings.notificationsOn")}
      </label>
      <Show when={denied()}>
        <p>{t("settings.notificationsDenied")}</p>
      </Show>
    </Show>
  );
}
