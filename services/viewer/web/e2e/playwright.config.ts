import { defineConfig } from "@playwright/test";

const all = process.env.E2E === "all";
/** What each kind of message looks like is seen at desktop size; at both with `E2E=all`. */
const KINDS = ["**/kinds.spec.ts", "**/text.spec.ts", "**/decode.spec.ts"];

/**
 * Against a server that runs: `BASE_URL` (with a trailing path none), `VIEWER_USERNAME`, `VIEWER_PASSWORD`;
 * `CHROMIUM` names the browser. `E2E=all` also runs what `make test` has no time for. Nothing is downloaded, and nothing is started here.
 */
export default defineConfig({
  testDir: ".",
  outputDir: "../test-results",
  globalSetup: "./setup.ts",
  // A debug build on two cores that others use, too.
  timeout: 90_000,
  expect: { timeout: 15_000 },
  // What a busy machine may do to a browser is told as "flaky", not as a failure.
  retries: process.env.CI ? 2 : 0,
  fullyParallel: true,
  workers: 2,
  reporter: [["list"], ["./reporter.ts"]],
  use: {
    baseURL: process.env.BASE_URL ?? "http://127.0.0.1:8000",
    locale: "en-GB",
    screenshot: "only-on-failure",
    // What the worker keeps and does is for push.spec.ts.
    serviceWorkers: "block",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "desktop", use: { viewport: { width: 1400, height: 900 } } },
    {
      name: "mobile",
      testIgnore: all ? [] : KINDS,
      use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    },
  ],
});
