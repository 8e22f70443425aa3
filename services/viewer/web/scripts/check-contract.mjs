// The types are those of the contract: generated again, they are the same.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("..", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "contract-"));
try {
  const fresh = join(dir, "schema.ts");
  execFileSync(
    join(web, "node_modules/.bin/openapi-typescript"),
    [join(web, "../openapi.json"), "--output", fresh],
    { stdio: "ignore" },
  );
  if (readFileSync(fresh, "utf8") !== readFileSync(join(web, "src/api/schema.ts"), "utf8")) {
    console.error("src/api/schema.ts is not that of ../openapi.json: npm run types");
    process.exit(1);
  }
} finally {
  rmSync(dir, { recursive: true });
}
