import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { projectFolder, ruleFolders, rulesFolder, type RuleFolder } from "../../rules/tools/catalogue";

export interface RulePage extends RuleFolder {
  /** Relative to the project, for messages. */
  readonly path: string;
  readonly text: string;
}

/** This page of every rule that has one. */
export function rulePages(name: "cases.md" | "doc.md"): readonly RulePage[] {
  return ruleFolders().flatMap(({ topic, id }) => {
    const file = join(rulesFolder, topic, id, name);
    return existsSync(file) ? [{ topic, id, path: relative(projectFolder, file), text: readFileSync(file, "utf8") }] : [];
  });
}
