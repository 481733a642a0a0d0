import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { frameworkNames, projectFolder, ruleFolders, rulesFolder, type RuleFolder } from "../../rules/tools/catalogue";

export interface RulePage extends RuleFolder {
  /** Relative to the project, for messages. */
  readonly path: string;
  readonly text: string;
  /** The framework that the page is named for: `cases-prisma.md`. */
  readonly framework: string;
}

/** This page of every rule that has one; `cases.md` may go on in `cases-admin.md` and the like, each a page of its own. */
export function rulePages(name: "cases.md" | "doc.md"): readonly RulePage[] {
  return ruleFolders().flatMap(({ topic, id }) => {
    const folder = join(rulesFolder, topic, id);
    const more = name === "cases.md" ? readdirSync(folder).filter((each) => /^cases-[a-z-]+\.md$/.test(each)).sort() : [];
    return [name, ...more].filter((each) => existsSync(join(folder, each))).map((each) => {
      const file = join(folder, each);
      const front = each.slice("cases-".length, -".md".length);
      return { topic, id, path: relative(projectFolder, file), text: readFileSync(file, "utf8"), framework: frameworkNames.has(front) ? front : "django" };
    });
  });
}
