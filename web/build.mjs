// SPDX-License-Identifier: MIT
// build.mjs FOLDER: writes the page's files there, and the list of what they were made from as page.d, from which ninja knows when to do it again.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2]);
const cwd = process.cwd();

const result = await build({
    absWorkingDir: here,
    entryPoints: { page: "src/main.ts" },
    outdir: out,
    bundle: true,
    minify: true,
    metafile: true,
    format: "esm",
    target: ["es2022", "chrome110", "firefox110", "safari16"],
    legalComments: "none",
    charset: "utf8",
    banner: { js: `/* Coherence, MIT; holds uPlot:\n\n${readFileSync(join(here, "node_modules/uplot/LICENSE"), "utf8").trim()} */` },
    logLevel: "warning",
});
for (const name of ["front.html", "icon.svg"])
    copyFileSync(join(here, name), join(out, name));

const inputs = Object.keys(result.metafile.inputs).map((file) => join(here, file));
inputs.push(join(here, "front.html"), join(here, "icon.svg"), join(here, "build.mjs"), join(here, "package-lock.json"));
const escaped = (path) => path.replace(/[ #$]/g, "\\$&");
// The first output is named as ninja knows it: from the folder that it runs in.
const target = join(out, "front.html").startsWith(cwd) ? join(out, "front.html").slice(cwd.length + 1) : join(out, "front.html");
writeFileSync(join(out, "page.d"), `${escaped(target)}: ${inputs.map(escaped).join(" ")}\n`);
