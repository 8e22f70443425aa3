import { createResource, type JSX, Show } from "solid-js";
import { messages } from "~/api/calls";
import type { Message } from "~/api/types";
import { Button } from "~/components/Button";
import { Drawer } from "~/components/Drawer";
import { Empty } from "~/components/Empty";
import { Spinner } from "~/components/Spinner";
import { errorText, toast } from "~/components/toast";
import { t } from "~/i18n";
import s from "./RawDrawer.module.css";

/** A message as Telegram sent it, and as this version reads it. */
export function RawDrawer(props: { account: number; message: Message; onClose: () => void }): JSX.Element {
  const [data] = createResource(() =>
    messages.raw({ account: props.account, chat: props.message.chat }, props.message.id),
  );
  const copy = (text: string) =>
    navigator.clipboard.writeText(text).then(
      () => toast(t("app.copied")),
      () => undefined,
    );
  return (
    <Drawer title={t("raw.title")} onClose={props.onClose}>
      <Show when={!data.loading} fallback={<Spinner />}>
        <Show when={!data.error && data()} fallback={<Empty icon="warn" title={errorText(data.error)} />}>
          {(raw) => (
            <div class={s.raw}>
              <p class={s.note}>{t("raw.layer", { n: raw().layer, origin: raw().origin })}</p>
              <h3>{t("raw.decoded")}</h3>
              <pre class={s.code} dir="ltr" tabIndex={0}>
                {JSON.stringify(raw().decoded, null, 2)}
              </pre>
              <h3>{t("raw.tl")}</h3>
              <Show when={raw().tl_hex} fallback={<p class={s.note}>{t("raw.erased")}</p>}>
                <pre class={`${s.code} ${s.hex}`} dir="ltr" tabIndex={0}>
                  {raw().tl_hex}
                </pre>
                <Button onClick={() => copy(raw().tl_hex)}>{t("app.copy")}</Button>
              </Show>
            </div>
          )}
        </Show>
      </Show>
    </Drawer>
  );
}
