import { type Accessor, createContext, useContext } from "solid-js";
import type { Chat, Message } from "~/api/types";

/** What a message needs of the chat it stands in. */
export type ChatView = {
  chat: Accessor<Chat>;
  /** The messages in the page. */
  messages: Accessor<readonly Message[]>;
  /** Goes to a message of this chat; where one was is kept for the way back. */
  jump: (id: number) => void;
  searchFor: (query: string) => void;
  showHistory: (m: Message) => void;
  showRaw: (m: Message) => void;
  /** The message that is lit up after a jump. */
  lit: Accessor<number | undefined>;
};

export const ChatContext = createContext<ChatView>();

export function useChat(): ChatView {
  const view = useContext(ChatContext);
  if (!view) throw new Error("a message outside of a chat");
  return view;
}
