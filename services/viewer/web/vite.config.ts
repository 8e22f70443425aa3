import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Plugin, transformWithOxc } from "vite";
import solid from "vite-plugin-solid";
import { defineConfig } from "vitest/config";

const src = fileURLToPath(new URL("./src", import.meta.url));

/** The service worker keeps one fixed name and knows the hashed names of the shell. */
function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    async generateBundle(_, bundle) {
      const shell = Object.values(bundle)
        // A language is a part that comes later, but whoever chose it needs it without a connection, too.
        .filter(
          (f) =>
            f.type === "asset" ||
            f.isEntry ||
            !f.isDynamicEntry ||
            f.facadeModuleId?.includes("/i18n/locales/"),
        )
        .map((f) => `/${f.fileName}`)
        .filter((name) => /\.(js|css)$/.test(name));
      const code = readFileSync(`${src}/sw/sw.ts`, "utf8");
      const { code: js } = await transformWithOxc(code, "sw.ts");
      this.emitFile({
        type: "asset",
        fileName: "sw.js",
        source: js.replace("__SHELL__", JSON.stringify(["/", ...shell])),
      });
    },
  };
}

export default defineConfig({
  plugins: [solid(), serviceWorker()],
  resolve: { alias: { "~": src } },
  build: {
    target: "es2022",
    cssTarget: ["chrome123", "firefox128", "safari17.5"],
    modulePreload: { polyfill: false },
    // A data: URL would need an exception in the content security policy.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
  },
  server: {
    proxy: { "/api": process.env.API ?? "http://127.0.0.1:8000" },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
