import { expect, it } from "vitest";
import { ApiError, ask, dropAnswers } from "./client";

const ok = <T>(data: T) => ({ data, response: new Response(null, { status: 200 }) });

it("gives what is answered, and what went wrong", async () => {
  expect(await ask(Promise.resolve(ok(5)))).toBe(5);
  const refused = {
    error: { code: "forbidden", detail: "no" },
    response: new Response(null, { status: 403 }),
  };
  await expect(ask(Promise.resolve(refused))).rejects.toEqual(new ApiError(403, "forbidden", "no"));
  await expect(ask(Promise.reject(new TypeError("away")))).rejects.toMatchObject({ code: "network" });
});

it("gives nobody what was asked by a user who is gone", async () => {
  let answer: (value: { data: string; response: Response }) => void = () => undefined;
  const former: string[] = [];
  void ask<string>(
    new Promise((resolve) => {
      answer = resolve;
    }),
  ).then((text) => former.push(text));
  dropAnswers();
  answer(ok("secret"));
  expect(await ask(Promise.resolve(ok("mine")))).toBe("mine");
  expect(former).toEqual([]);
});
