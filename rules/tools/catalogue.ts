import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Rule } from "#engine";
import { configurationSchema, manifestSchema, optionsTable, settingsProperties, settingsTable } from "./settings";

/** Topics in the order of the catalogue, by folder. */
export const topics: ReadonlyMap<string, string> = new Map([
  ["queries-in-loops", "Queries in loops"],
  ["unbounded-results", "Unbounded results"],
  ["wrong-place", "Work done in the wrong place"],
  ["indexes-and-lookups", "Indexes and lookups"],
  ["request-path", "The request path"],
  ["configuration", "Configuration"],
]);

/** How people call the frameworks, by the ids that rules claim. */
export const frameworkNames: ReadonlyMap<string, string> = new Map([
  ["django", "Django"],
  ["prisma", "Prisma"],
  ["typeorm", "TypeORM"],
  ["sequelize", "Sequelize"],
  ["drizzle", "Drizzle"],
  ["mikroorm", "MikroORM"],
  ["knex", "Knex"],
  ["kysely", "Kysely"],
]);

export const rulesFolder = join(__dirname, "..");
export const projectFolder = join(rulesFolder, "..");

export interface RuleFolder {
  readonly topic: string;
  readonly id: string;
}

export interface CataloguedRule extends RuleFolder {
  readonly rule: Rule;
}

/** The folders that hold a rule, in the order of the catalogue. */
export function ruleFolders(): readonly RuleFolder[] {
  return [...topics.keys()].flatMap((topic) =>
    entries(join(rulesFolder, topic)).filter((id) => entries(join(rulesFolder, topic, id)).includes("rule.ts")).map((id) => ({ topic, id })),
  );
}

/** Folders beside the rules that are neither a topic nor known to be something else. */
export function strayFolders(): readonly string[] {
  const known = new Set([...topics.keys(), "shared", "tools", "index.ts"]);
  return entries(rulesFolder).filter((name) => !known.has(name));
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

export async function loadRules(): Promise<readonly CataloguedRule[]> {
  const loaded: CataloguedRule[] = [];
  for (const folder of ruleFolders()) {
    const module = (await import(join(rulesFolder, folder.topic, folder.id, "rule.ts"))) as { default: Rule | { default: Rule } };
    // A module that was compiled to CommonJS has its default export one level further down.
    loaded.push({ ...folder, rule: "default" in module.default ? module.default.default : module.default });
  }
  return loaded;
}

/** A generated file, relative to the project's folder. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** Everything that is made from the rules. */
export function generatedFiles(rules: readonly CataloguedRule[]): readonly GeneratedFile[] {
  return [
    { path: "rules/index.ts", text: indexText(rules) },
    { path: "docs/rules.md", text: catalogueText(rules) },
    { path: "schemas/scale-hints.schema.json", text: `${JSON.stringify(configurationSchema(rules), undefined, 2)}\n` },
    { path: "schemas/package.schema.json", text: `${JSON.stringify(manifestSchema(), undefined, 2)}\n` },
    { path: "README.md", text: readmeText(readFileSync(join(projectFolder, "README.md"), "utf8"), rules) },
    { path: "package.json", text: packageText(readFileSync(join(projectFolder, "package.json"), "utf8"), rules) },
  ];
}

function indexText(rules: readonly RuleFolder[]): string {
  const imports = rules.map(({ topic, id }) => `import ${variable(id)} from "./${topic}/${id}/rule";`);
  return [
    "// Made by `npm run generate`.",
    `import type { Rule } from "#engine";`,
    ...imports,
    "",
    "/** All rules, by topic. */",
    "export const rules: readonly Rule[] = [",
    ...rules.map(({ id }) => `  ${variable(id)},`),
    "];",
    "",
    "/** The topic of each rule: the folder that it is in. */",
    "export const ruleTopics: Readonly<Record<string, string>> = {",
    ...rules.map(({ topic, id }) => `  "${id}": "${topic}",`),
    "};",
    "",
  ].join("\n");
}

function variable(id: string): string {
  return id.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function catalogueText(rules: readonly CataloguedRule[]): string {
  const lines = [
    "<!-- Made by `npm run generate`. -->",
    "# Rules",
    "",
    `${rules.length} rules. *Impact* says what the problem costs when the tables grow: critical and high show as warnings, medium as`,
    "information, low as a hint; less where the engine is less sure, and in tasks, commands and admin pages.",
  ];
  for (const [topic, title] of topics) {
    const own = rules.filter((each) => each.topic === topic);
    if (own.length === 0) continue;
    lines.push("", `## ${title}`, "", "| Rule | Problem | Impact | Frameworks |", "|---|---|---|---|");
    for (const { id, rule } of own) {
      const impact = rule.enabledByDefault === false ? `${rule.impact}, off by default` : rule.impact;
      lines.push(`| [\`${id}\`](../rules/${topic}/${id}/doc.md) | ${rule.summary} | ${impact} | ${rule.frameworks.map((each) => frameworkNames.get(each) ?? each).join(", ")} |`);
    }
  }
  return [...lines, ""].join("\n");
}

/** The extension's settings; everything else of the manifest stays as it is. */
function packageText(text: string, rules: readonly CataloguedRule[]): string {
  const manifest = JSON.parse(text) as { contributes?: { configuration?: { properties?: object } } };
  const { configuration } = manifest.contributes ?? {};
  if (!configuration) return text;
  configuration.properties = settingsProperties(rules);
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** All rules with what they find, by topic; their pages say the rest. */
function rulesTable(rules: readonly CataloguedRule[]): string {
  const rows = [...topics].flatMap(([topic, title]) =>
    rules.filter((each) => each.topic === topic).map(({ id, rule }, index) => `| ${index === 0 ? `**${title}**` : ""} | [\`${id}\`](rules/${topic}/${id}/doc.md) | ${rule.summary} | ${rule.impact} |`),
  );
  return ["| | Rule | Problem | Impact |", "|---|---|---|---|", ...rows].join("\n");
}

/** The README with its tables; they stand between comments that name them. */
function readmeText(text: string, rules: readonly CataloguedRule[]): string {
  const tables: Readonly<Record<string, string>> = { settings: settingsTable(rules), options: optionsTable(), rules: rulesTable(rules) };
  return text.replace(/(<!-- (\w+): made by `npm run generate` -->\n)[^]*?(\n<!-- \/\2 -->)/g, (whole, before: string, name: string, after: string) => (tables[name] === undefined ? whole : `${before}${tables[name]}${after}`));
}
