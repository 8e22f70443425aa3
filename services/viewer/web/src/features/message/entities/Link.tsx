import { useNavigate } from "@solidjs/router";
import { createSignal, type JSX, Show } from "solid-js";
import { Button } from "~/components/Button";
import { Modal } from "~/components/Modal";
import { chatById } from "~/features/chats/store";
import { useChat } from "~/features/timeline/context";
import { t } from "~/i18n";
import { safeUrl, saysItself, telegramMessage } from "~/lib/links";
import { type EntityView, Nodes } from "../parts/Nodes";
import s from "./Link.module.css";

export const Url: EntityView = (props) => (
  <Link url={props.branch.text} text={props.branch.text}>
    <Nodes nodes={props.branch.children} />
  </Link>
);

export const TextUrl: EntityView = (props) => (
  <Link url={props.branch.entity.url ?? ""} text={props.branch.text}>
    <Nodes nodes={props.branch.children} />
  </Link>
);

export const Email: EntityView = (props) => (
  <Link url={`mailto:${props.branch.text}`} text={`mailto:${props.branch.text}`}>
    <Nodes nodes={props.branch.children} />
  </Link>
);

export const Phone: EntityView = (props) => (
  <Link url={`tel:${props.branch.text.replace(/[^\d+]/g, "")}`} text={props.branch.text} asked>
    <Nodes nodes={props.branch.children} />
  </Link>
);

/** A link out of the archive. One whose text hides where it leads asks first; one to an archived message stays here. */
function Link(props: { url: string; text: string; children: JSX.Element; asked?: boolean }): JSX.Element {
  const href = () => safeUrl(props.url);
  const navigate = useNavigate();
  const here = useChat();
  const [asking, setAsking] = createSignal(false);
  const onClick = (e: MouseEvent) => {
    const target = telegramMessage(props.url);
    if (target && chatById(target.chat)) {
      e.preventDefault();
      navigate(`/c/${here.chat().account}/${target.chat}/${target.message}`);
    } else if (!props.asked && !saysItself(props.text, props.url)) {
      e.preventDefault();
      setAsking(true);
    }
  };
  return (
    <Show when={href()} fallback={props.children}>
      {(url) => (
        <>
          <a class={s.link} href={url()} target="_blank" rel="noopener noreferrer" onClick={onClick}>
            {props.children}
          </a>
          <Show when={asking()}>
            <Modal title={t("message.openLink")} onClose={() => setAsking(false)}>
              <p>{t("message.openLinkText")}</p>
              <p class={s.url} dir="ltr">
                {url()}
              </p>
              <div class={s.actions}>
                <Button onClick={() => setAsking(false)}>{t("app.cancel")}</Button>
                <Button
                  look="fill"
                  onClick={() => {
                    setAsking(false);
                    window.open(url(), "_blank", "noopener,noreferrer");
                  }}
                >
                  {t("message.open")}
                </Button>
              </div>
            </Modal>
          </Show>
        </>
      )}
    </Show>
  );
}
