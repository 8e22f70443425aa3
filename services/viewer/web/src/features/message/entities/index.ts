import type { EntityKind } from "~/api/types";
import type { EntityView } from "../parts/Nodes";
import { Blockquote } from "./Blockquote";
import { Code, Pre } from "./Code";
import { CustomEmoji } from "./CustomEmoji";
import { Bold, Italic, Strike, Underline } from "./inline";
import { Email, Phone, TextUrl, Url } from "./Link";
import { Mention, MentionName } from "./Mention";
import { Searchable } from "./Searchable";
import { Spoiler } from "./Spoiler";

/** How each kind of range is shown. What is not here is shown as its text. */
export const entityViews: Partial<Record<EntityKind, EntityView>> = {
  bold: Bold,
  italic: Italic,
  underline: Underline,
  strike: Strike,
  code: Code,
  pre: Pre,
  blockquote: Blockquote,
  spoiler: Spoiler,
  mention: Mention,
  mention_name: MentionName,
  hashtag: Searchable,
  cashtag: Searchable,
  bot_command: Searchable,
  url: Url,
  text_url: TextUrl,
  email: Email,
  phone: Phone,
  bank_card: Searchable,
  custom_emoji: CustomEmoji,
};
