// Builds the one bundle that draws in the page and, without a browser, for figures/*.svg; and gathers its licences.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "..", "src", "coevolve", "show", "static");
const common = { absWorkingDir: here, bundle: true, minify: true, charset: "utf8", legalComments: "none", logLevel: "warning" };
const notice = "coevolve's pictures and page, built from front/; holds parts of d3, (c) Mike Bostock: licences in report.licenses.txt";

const built = await build({
  ...common,
  entryPoints: ["src/main.ts"],
  outfile: join(out, "report.js"),
  format: "iife",
  target: "es2022",
  metafile: true,
  banner: { js: `/* ${notice} */` },
});
await build({ ...common, entryPoints: ["src/page.css"], outfile: join(out, "report.css") });

const outputs = Object.values(built.metafile.outputs);
const used = outputs.flatMap((one) => Object.entries(one.inputs).filter(([, part]) => part.bytesInOutput > 0));
const packages = used.map(([path]) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean);
const texts = [...new Set(packages)].sort().map((name) => {
  const folder = join(here, "node_modules", name);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return `${name} ${version}\n\n${readFileSync(join(folder, "LICENSE"), "utf8").replace(/\r/g, "").trim()}\n`;
});
writeFileSync(join(out, "report.licenses.txt"), texts.join(`\n${"-".repeat(72)}\n\n`));
