import { request } from "@playwright/test";

/** Logs in once for all workers, for attempts are limited: `VIEWER_STATE` is what they begin with. */
export default async function setup() {
  const baseURL = process.env.BASE_URL ?? "http://127.0.0.1:8000";
  const context = await request.newContext({ baseURL, extraHTTPHeaders: { Origin: baseURL } });
  if (!(await context.get("/api/v1/session")).ok()) {
    const data = {
      name: process.env.VIEWER_USERNAME ?? "admin",
      password: process.env.VIEWER_PASSWORD ?? "",
    };
    const answer = await context.post("/api/v1/session", { data });
    if (!answer.ok()) throw new Error(`log-in: ${answer.status()} ${await answer.text()}`);
  }
  process.env.VIEWER_STATE = JSON.stringify(await context.storageState());
  await context.dispose();
}
