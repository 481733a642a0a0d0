import { mkdirSync, readFileSync, writeFileSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedFiles, loadRules, projectFolder } from "./catalogue";

/** Writes the files that are made from the rules, where they differ. */
async function generate(): Promise<void> {
  const rules = await loadRules();
  for (const { path, text } of generatedFiles(rules)) {
    const file = join(projectFolder, path);
    if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
  console.log(`${rules.length} rules`);
}

void generate();
