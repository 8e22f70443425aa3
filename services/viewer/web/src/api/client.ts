import createClient, { type Middleware } from "openapi-fetch";
import { createSignal } from "solid-js";
import type { paths } from "./schema";
import type { Problem } from "./types";

/** What went wrong, as the server says it, or that it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: Problem["code"] | "network",
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** Raised by every answer that asks for a log-in; the session feature listens. */
export const [loginNeeded, setLoginNeeded] = createSignal(false);

const sessions: Middleware = {
  async onResponse({ response, request }) {
    if (response.status === 401 && request.method === "GET") setLoginNeeded(true);
    return undefined;
  },
};

export const client = createClient<paths>({ baseUrl: "/" });
client.use(sessions);

let turn = 0;

/** Nobody gets an answer any more to what was asked before: it is for who was logged in. */
export const dropAnswers = () => void turn++;

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer; every other outcome is an `ApiError`. */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  const mine = turn;
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (e) {
    if (e instanceof DOMException && e.name === "AbortError") throw e;
    throw new ApiError(0, "network", String(e));
  }
  if (answer.response.ok) return mine === turn ? (answer.data as T) : new Promise(() => undefined);
  const p = answer.error as Partial<Problem> | undefined;
  throw new ApiError(
    answer.response.status,
    p?.code ?? "internal",
    p?.detail ?? p?.title ?? answer.response.statusText,
    p?.retry_after ?? undefined,
  );
}
