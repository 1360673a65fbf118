// Builds the page into dist/, which is committed and embedded in velum-hub. With --compare: builds beside it and
// says whether what is committed is what the sources give, byte for byte.
import { build } from "esbuild";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const FILES = ["index.html", "console.js", "console.css", "icon.svg"];

async function buildInto(folder) {
  await mkdir(folder, { recursive: true });
  await build({
    absWorkingDir: here,
    entryPoints: ["src/console.ts", "src/console.css"],
    outdir: folder,
    bundle: true,
    format: "iife",
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  for (const name of ["index.html", "icon.svg"]) await copyFile(join(here, "src", name), join(folder, name));
}

if (process.argv.includes("--compare")) {
  const folder = await mkdtemp(join(tmpdir(), "velum-console-"));
  await buildInto(folder);
  const differing = [];
  for (const name of FILES) {
    const [built, kept] = await Promise.all([folder, join(here, "dist")].map((f) => readFile(join(f, name)).catch(() => null)));
    if (!built || !kept || !built.equals(kept)) differing.push(name);
  }
  await rm(folder, { recursive: true });
  if (differing.length > 0) {
    console.error(`hub/console/dist: ${differing.join(", ")} is not what the sources give; run: npm run build`);
    process.exit(1);
  }
  console.log("hub/console/dist is what the sources give, byte for byte");
} else {
  await buildInto(join(here, "dist"));
}
