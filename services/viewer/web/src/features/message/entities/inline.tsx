import { type EntityView, Nodes } from "../parts/Nodes";

export const Bold: EntityView = (props) => (
  <strong>
    <Nodes nodes={props.branch.children} />
  </strong>
);

export const Italic: EntityView = (props) => (
  <em>
    <Nodes nodes={props.branch.children} />
  </em>
);

export const Underline: EntityView = (props) => (
  <u>
    <Nodes nodes={props.branch.children} />
  </u>
);

export const Strike: EntityView = (props) => (
  <s>
    <Nodes nodes={props.branch.children} />
  </s>
);
