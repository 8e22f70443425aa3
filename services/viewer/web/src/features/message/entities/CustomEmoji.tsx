import type { EntityView } from "../parts/Nodes";

/** The archive holds no pictures of custom emoji: the emoji that stands for it is shown, as on old clients. */
export const CustomEmoji: EntityView = (props) => <span title={props.branch.text}>{props.branch.text}</span>;
