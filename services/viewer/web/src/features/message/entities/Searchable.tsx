import { useChat } from "~/features/timeline/context";
import type { EntityView } from "../parts/Nodes";
import s from "./Link.module.css";

/** Hashtags and the like: a click searches the chat for them. */
export const Searchable: EntityView = (props) => {
  const chat = useChat();
  return (
    <button type="button" class={s.link} onClick={() => chat.searchFor(props.branch.text)}>
      {props.branch.text}
    </button>
  );
};
