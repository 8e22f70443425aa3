import type { FullResult, Reporter, TestCase, TestResult } from "@playwright/test/reporter";

/** Colours of a terminal. */
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
/** Lines of each failure. */
const LINES = 6;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** What failed, and what needed another try, in a few lines at the end: what a log that was cut still shows. */
export default class Last implements Reporter {
  private readonly tests = new Map<TestCase, TestResult>();
  private begin = 0;

  onBegin() {
    this.begin = Date.now();
  }

  onTestEnd(test: TestCase, result: TestResult) {
    const before = this.tests.get(test);
    if (!before || result.status !== "passed") this.tests.set(test, result);
  }

  async onEnd({ status }: FullResult) {
    let [passed, failed] = [0, 0];
    for (const [test, result] of this.tests) {
      const outcome = test.outcome();
      if (outcome === "expected") passed += 1;
      if (outcome !== "unexpected" && outcome !== "flaky") continue;
      const [project, file, ...title] = test.titlePath().filter(Boolean);
      const word = outcome === "flaky" ? "needed another try" : "FAILED";
      failed += outcome === "flaky" ? 0 : 1;
      say(`${word}: ${project}, ${file}, ${title.join(", ")}`);
      const why = (result.error?.message ?? result.status)
        .replaceAll(COLOURS, "")
        .split("\n")
        .filter(Boolean);
      for (const line of why.slice(0, LINES)) say(`    ${line.slice(0, 200)}`);
    }
    const seconds = Math.round((Date.now() - this.begin) / 1000);
    say(`${status}: ${passed} tests passed, ${failed} failed, in ${seconds} s`);
  }
}
