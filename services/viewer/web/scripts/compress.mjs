// Writes .br and .gz beside what the build made, prints what the first visit costs, and refuses inline styles.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const LIMIT = 250 * 1024;
const dist = new URL("../dist/", import.meta.url).pathname;
const index = readFileSync(join(dist, "index.html"), "utf8");
const names = readdirSync(dist, { recursive: true }).filter((n) =>
  /\.(js|css|html|svg|json|webmanifest)$/.test(n),
);

let shell = 0;
for (const name of names) {
  const bytes = readFileSync(join(dist, name));
  const br = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  writeFileSync(join(dist, `${name}.br`), br);
  writeFileSync(join(dist, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  const first = name === "index.html" || index.includes(`/${name}`);
  if (first) shell += br.length;
  console.log(`${first ? "shell" : "later"} ${String(br.length).padStart(7)} ${name}`);
  // A style attribute in a template is refused by the content security policy, and nobody would see why.
  const text = bytes.toString();
  const inline = /\.js$/.test(name) && /<[a-z][^<>`]* style=["'a-z]/.exec(text);
  if (inline) throw new Error(`${name}: an inline style in a template: ${inline[0].slice(-120)}`);
  if (/\.js$/.test(name) && /\beval\(|new Function\(/.test(text)) throw new Error(`${name}: eval`);
}
console.log(`shell: ${shell} bytes compressed (limit ${LIMIT})`);
if (shell > LIMIT) throw new Error("the shell is too large");
