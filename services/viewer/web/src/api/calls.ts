import { ask, client } from "./client";
import type { ChatKey, Incident, NewPushSubscription } from "./types";

/** Every question of the page to the server, one line each. */

const C = "/api/v1/accounts/{account}/chats/{chat}" as const;

export const session = {
  get: () => ask(client.GET("/api/v1/session")),
  logIn: (name: string, password: string) =>
    ask(client.POST("/api/v1/session", { body: { name, password } })),
  logOut: () => ask(client.DELETE("/api/v1/session")),
};

export type ChatFilter = { q?: string; archived?: boolean; folder?: number; cursor?: string; limit?: number };

export const chats = {
  page: (account: number, query: ChatFilter) =>
    ask(client.GET("/api/v1/accounts/{account}/chats", { params: { path: { account }, query } })),
  get: (path: ChatKey) => ask(client.GET(C, { params: { path } })),
  folders: (account: number) =>
    ask(client.GET("/api/v1/accounts/{account}/folders", { params: { path: { account } } })),
  topics: (path: ChatKey) => ask(client.GET(`${C}/topics`, { params: { path } })),
  pinned: (path: ChatKey) => ask(client.GET(`${C}/pinned`, { params: { path } })),
  days: (path: ChatKey, query: { month: string; zone?: string }) =>
    ask(client.GET(`${C}/days`, { params: { path, query } })),
  coverage: (path: ChatKey) => ask(client.GET(`${C}/coverage`, { params: { path } })),
};

export type Place = { before?: number; after?: number; around?: number; around_date?: string };

export const messages = {
  window: (path: ChatKey, query: Place & { topic?: number; limit: number }, signal?: AbortSignal) =>
    ask(client.GET(`${C}/messages`, { params: { path, query }, signal: signal ?? null })),
  byId: (path: ChatKey, ids: number[]) =>
    ask(client.GET(`${C}/messages/by-id`, { params: { path, query: { ids: ids.join(",") } } })),
  versions: (path: ChatKey, message: number) =>
    ask(client.GET(`${C}/messages/{message}/versions`, { params: { path: { ...path, message } } })),
  raw: (path: ChatKey, message: number) =>
    ask(client.GET(`${C}/messages/{message}/raw`, { params: { path: { ...path, message } } })),
};

export const search = (
  account: number,
  query: { q: string; chat?: number; zone?: string; cursor?: string; limit?: number },
  signal?: AbortSignal,
) =>
  ask(
    client.GET("/api/v1/accounts/{account}/search", {
      params: { path: { account }, query },
      signal: signal ?? null,
    }),
  );

export const status = {
  all: () => ask(client.GET("/api/v1/status")),
  statistics: (account: number) =>
    ask(client.GET("/api/v1/accounts/{account}/statistics", { params: { path: { account } } })),
  coverage: (account: number) =>
    ask(client.GET("/api/v1/accounts/{account}/coverage", { params: { path: { account } } })),
};

export const incidents = {
  list: (state?: Incident["state"]) =>
    ask(client.GET("/api/v1/incidents", { params: { query: state ? { state } : {} } })),
  operations: (incident: number, after?: string) =>
    ask(
      client.GET("/api/v1/incidents/{incident}/operations", {
        params: { path: { incident }, query: after === undefined ? {} : { after } },
      }),
    ),
  decide: (incident: number, approve: boolean) =>
    ask(
      client.POST("/api/v1/incidents/{incident}/decision", {
        params: { path: { incident } },
        body: { approve },
      }),
    ),
};

const T = "/api/v1/accounts/{account}/telegram" as const;

export const telegram = {
  state: (account: number) => ask(client.GET(T, { params: { path: { account } } })),
  requestCode: (account: number, phone: string) =>
    ask(client.POST(`${T}/code`, { params: { path: { account } }, body: { phone } })),
  signIn: (account: number, code: string) =>
    ask(client.POST(`${T}/sign-in`, { params: { path: { account } }, body: { code } })),
  password: (account: number, password: string) =>
    ask(client.POST(`${T}/password`, { params: { path: { account } }, body: { password } })),
  qr: (account: number) => ask(client.POST(`${T}/qr`, { params: { path: { account } } })),
  logOut: (account: number) => ask(client.POST(`${T}/log-out`, { params: { path: { account } } })),
};

const M = "/api/v1/push/mutes/{account}/{chat}" as const;

export const push = {
  key: () => ask(client.GET("/api/v1/push/key")),
  list: () => ask(client.GET("/api/v1/push/subscriptions")),
  subscribe: (body: NewPushSubscription) => ask(client.POST("/api/v1/push/subscriptions", { body })),
  unsubscribe: (subscription: number) =>
    ask(client.DELETE("/api/v1/push/subscriptions/{subscription}", { params: { path: { subscription } } })),
  mutes: () => ask(client.GET("/api/v1/push/mutes")),
  mute: (path: ChatKey) => ask(client.PUT(M, { params: { path } })),
  unmute: (path: ChatKey) => ask(client.DELETE(M, { params: { path } })),
};
