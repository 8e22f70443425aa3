import { useNavigate } from "@solidjs/router";
import { chatById, chats } from "~/features/chats/store";
import { useChat } from "~/features/timeline/context";
import { type EntityView, Nodes } from "../parts/Nodes";
import s from "./Link.module.css";

/** A name leads to its chat if that is archived, else to what it wrote here. */
export const Mention: EntityView = (props) => {
  const here = useChat();
  const navigate = useNavigate();
  const open = () => {
    const username = props.branch.text.replace(/^@/, "").toLowerCase();
    const chat = chats().find((c) => c.username?.toLowerCase() === username);
    if (chat) navigate(`/c/${chat.account}/${chat.id}`);
    else here.searchFor(`from:@${username}`);
  };
  return (
    <button type="button" class={s.link} onClick={open}>
      {props.branch.text}
    </button>
  );
};

export const MentionName: EntityView = (props) => {
  const here = useChat();
  const navigate = useNavigate();
  const open = () => {
    const id = props.branch.entity.user_id ?? 0;
    const chat = chatById(id);
    if (chat) navigate(`/c/${chat.account}/${chat.id}`);
    else here.searchFor(`from:${id}`);
  };
  return (
    <button type="button" class={s.link} onClick={open}>
      <Nodes nodes={props.branch.children} />
    </button>
  );
};
