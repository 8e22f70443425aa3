import { A } from "@solidjs/router";
import type { JSX } from "solid-js";
import { Empty } from "~/components/Empty";
import { t } from "~/i18n";

export function NotFound(): JSX.Element {
  return (
    <Empty icon="search" title={t("app.notFound")}>
      <A href="/">{t("nav.chats")}</A>
    </Empty>
  );
}
