import { For, type JSX, Show } from "solid-js";
import { Button } from "~/components/Button";
import { Card, Page } from "~/components/Page";
import { toastError } from "~/components/toast";
import { NotificationSetting } from "~/features/notifications/NotificationSetting";
import { logOut, session, setLoggingIn } from "~/features/session/session";
import { LANGUAGES, language, languageName, setLanguage, t } from "~/i18n";
import { archiveZone, browserZone, setZoneChoice, zoneChoice } from "~/i18n/format";
import { pattern, setPattern, setTheme, THEMES, theme } from "~/theme/theme";
import s from "./settings.module.css";

export function SettingsPage(): JSX.Element {
  return (
    <Page title={t("settings.title")}>
      <Card title={t("settings.theme")}>
        <Choice
          name="theme"
          value={theme()}
          options={THEMES.map((x) => [x, t(`settings.theme.${x}`)])}
          onChoose={setTheme}
        />
        <label class={s.option}>
          <input
            type="checkbox"
            checked={pattern() === "on"}
            onChange={(e) => setPattern(e.currentTarget.checked ? "on" : "off")}
          />
          <span>{t("settings.pattern")}</span>
        </label>
      </Card>
      <Card title={t("settings.language")}>
        <Choice
          name="language"
          value={language()}
          options={LANGUAGES.map((code) => [code, languageName(code)])}
          onChoose={setLanguage}
        />
      </Card>
      <Card title={t("settings.zone")}>
        <Choice
          name="zone"
          value={zoneChoice()}
          options={[
            ["server", t("settings.zone.server", { zone: archiveZone() })],
            ["browser", t("settings.zone.browser", { zone: browserZone() })],
          ]}
          onChoose={setZoneChoice}
        />
      </Card>
      <Card title={t("settings.notifications")}>
        <NotificationSetting />
      </Card>
      <Card>
        <div class={s.you}>
          <span>
            {session()?.anonymous
              ? t("settings.anonymous")
              : t("settings.you", { name: session()?.name ?? "" })}
          </span>
          <Show
            when={!session()?.anonymous}
            fallback={<Button onClick={() => setLoggingIn(true)}>{t("login.submit")}</Button>}
          >
            <Button onClick={() => logOut().catch(toastError)}>{t("login.out")}</Button>
          </Show>
        </div>
      </Card>
    </Page>
  );
}

function Choice<T extends string>(props: {
  name: string;
  value: T;
  options: (readonly [T, string])[];
  onChoose: (value: T) => void;
}): JSX.Element {
  return (
    <div class={s.choice} role="radiogroup">
      <For each={props.options}>
        {([value, label]) => (
          <label class={s.option}>
            <input
              type="radio"
              name={props.name}
              checked={props.value === value}
              onChange={() => props.onChoose(value)}
            />
            <span dir="auto">{label}</span>
          </label>
        )}
      </For>
    </div>
  );
}
