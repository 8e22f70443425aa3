// Every language has every string with the same places in it, every plural its language asks for, and the page uses
// every string. To add a language: copy locales/en.ts to locales/<code>.ts and translate.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const src = fileURLToPath(new URL("../src/", import.meta.url));
const locales = join(src, "i18n/locales");
const problems = [];

async function load(file) {
  const code = ts.transpileModule(readFileSync(join(locales, file), "utf8"), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  }).outputText;
  return (await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`)).default;
}

const forms = (entry) => (typeof entry === "string" ? [entry] : Object.values(entry));
const places = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join();
const widest = (entry) => places(forms(entry).join(" "));

const en = await load("en.ts");
const files = readdirSync(locales).filter((n) => n.endsWith(".ts"));
for (const file of files) {
  const own = await load(file);
  const say = (text) => problems.push(`${file}: ${text}`);
  if (own.code !== file.replace(".ts", "")) say(`code is ${own.code}`);
  for (const [key, entry] of Object.entries(en.strings)) {
    const ours = own.strings[key];
    if (ours === undefined) {
      say(`${key} is missing`);
      continue;
    }
    if (widest(ours) !== widest(entry))
      say(`${key} has ${widest(ours) || "no places"} instead of ${widest(entry) || "none"}`);
    if ((typeof entry === "string") !== (typeof ours === "string"))
      say(`${key}: plural in one language only`);
    if (typeof ours !== "string") {
      for (const form of new Intl.PluralRules(own.code).resolvedOptions().pluralCategories)
        if (!ours[form] && form !== "zero" && !(form === "many" && own.code === "es"))
          say(`${key} has no form for "${form}"`);
    }
    for (const text of forms(ours)) if (text.trim() === "") say(`${key} is empty`);
  }
  for (const key of Object.keys(own.strings)) if (!(key in en.strings)) say(`${key} is in no other language`);
}

const code = readdirSync(src, { recursive: true })
  .filter((n) => /\.tsx?$/.test(n) && !n.startsWith("i18n/locales"))
  .map((n) => readFileSync(join(src, n), "utf8"))
  .join("\n");
// Keys that are put together: `kind.${…}` uses all that begin so.
const prefixes = [...code.matchAll(/`([a-z]+\.(?:[\w]+\.)*)\$\{/g)].map((m) => m[1]);
for (const key of Object.keys(en.strings)) {
  if (!code.includes(`"${key}"`) && !prefixes.some((p) => key.startsWith(p)))
    problems.push(`${key} is used nowhere`);
}

for (const p of problems) console.error(p);
if (problems.length > 0) process.exit(1);
console.log(`${files.length} languages, ${Object.keys(en.strings).length} strings each`);
