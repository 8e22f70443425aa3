import type { components } from "./schema";

/** Short names for what the contract names. */
type S = components["schemas"];

export type AccountStatus = S["AccountStatus"];
type Body = S["Body"];
export type BodyOf<T extends Body["type"]> = Extract<Body, { type: T }>;
export type Change = S["Change"];
export type Chat = S["Chat"];
export type Coverage = S["Coverage"];
export type Entity = S["Entity"];
export type EntityKind = S["EntityKind"];
export type Folder = S["Folder"];
export type Forward = S["Forward"];
export type Gap = S["Gap"];
export type Hit = S["Hit"];
export type Incident = S["Incident"];
export type Media = S["Media"];
export type Message = S["Message"];
export type MessageKind = S["MessageKind"];
export type MessageWindow = S["MessageWindow"];
export type NewPushSubscription = S["NewPushSubscription"];
export type Operation = S["Operation"];
export type Peer = S["Peer"];
export type Preview = S["Preview"];
export type Problem = S["Problem"];
export type Reaction = S["Reaction"];
export type Reply = S["Reply"];
export type Run = S["Run"];
export type SearchPage = S["SearchPage"];
export type Service = S["Service"];
export type Session = S["Session"];
export type TelegramState = S["TelegramState"];
export type Version = S["Version"];

/** A chat, as every path names it. */
export type ChatKey = { account: number; chat: number };
