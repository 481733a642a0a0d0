import { OPTIONS, SEVERITIES, type OptionSpec } from "../../server/src/config/options";
import type { CataloguedRule } from "./catalogue";

/** What a schema says of a value. */
type Schema = Readonly<Record<string, unknown>>;

/** A setting of the editor alone. */
interface EditorSetting {
  readonly name: string;
  readonly schema: Schema;
}

const boolean = (value: boolean, markdownDescription: string): Schema => ({ type: "boolean", default: value, markdownDescription });

/** The settings of the extension that are no options of the configuration file, by what they stand beside. */
const FIRST: readonly EditorSetting[] = [
  { name: "enable", schema: boolean(true, "Show scalability hints.") },
  { name: "inlayHints.enabled", schema: boolean(true, "Say at the end of a line what it costs. The settings below turn single kinds off.") },
  { name: "inlayHints.loops", schema: boolean(true, "At loops: `1 + N queries`.") },
  { name: "inlayHints.queries", schema: boolean(true, "At queries: `every row`, `page of 20`, `no index on status`, `scans: icontains`.") },
  { name: "inlayHints.relations", schema: boolean(true, "At reads of relations: `+1 per row`.") },
  { name: "inlayHints.entryPoints", schema: boolean(true, "At views, serializers and other classes and functions that answer requests: their queries.") },
  { name: "codeLens.enabled", schema: boolean(true, "Show above views, routes, resolvers, tasks and templates what they ask of the database.") },
  {
    name: "diagnostics.scope",
    schema: {
      type: "string", enum: ["workspace", "openFiles"], enumDescriptions: ["Show findings of all files.", "Show findings of open files only."], default: "workspace",
      markdownDescription: "Where findings are shown. The whole workspace is understood either way.",
    },
  },
];

const LAST: readonly EditorSetting[] = [
  {
    name: "trace.server",
    schema: { type: "string", enum: ["off", "messages", "verbose"], default: "off", markdownDescription: "Write the conversation with the language server into the log." },
  },
];

/** All ids that a configuration may name, with what they find. */
function ruleSummaries(rules: readonly CataloguedRule[]): readonly (readonly [string, string])[] {
  const all = rules.map(({ id, rule }) => [id, rule.summary] as const);
  return [...all.sort(([a], [b]) => (a < b ? -1 : 1)), ["unused-suppression", "A suppression comment that suppresses nothing"]];
}

/** What the value of an option may be, as JSON Schema. `description`: `markdownDescription` for editors, `description` for files. */
function schemaOf({ is, default: value, examples }: OptionSpec, rules: readonly CataloguedRule[], isFile: boolean): Schema {
  const named = isFile && examples ? { examples } : {};
  switch (is.type) {
    case "boolean":
      return { type: "boolean", default: value };
    case "string":
      return { type: isFile ? "string" : ["string", "null"], ...(isFile ? {} : { default: value }), ...named };
    case "enum": {
      const none = value === null && !isFile;
      return {
        type: none ? ["string", "null"] : "string",
        enum: none ? [...is.values, null] : is.values,
        [isFile ? "markdownEnumDescriptions" : "enumDescriptions"]: none ? [...is.descriptions, "As settings and schemas say."] : is.descriptions,
        ...(isFile && value === null ? {} : { default: value }),
      };
    }
    case "strings":
      return { type: "array", items: { type: "string" }, uniqueItems: true, default: value, ...named };
    case "rules":
      return {
        type: "object",
        properties: Object.fromEntries(ruleSummaries(rules).map(([id, summary]) => [id, { description: summary, enum: SEVERITIES }])),
        additionalProperties: false,
        default: value,
        ...named,
      };
    case "rows":
      return { type: "object", additionalProperties: { type: "integer", minimum: 0 }, default: value, ...named };
  }
}

/** `contributes.configuration.properties` of the extension's manifest. */
export function settingsProperties(rules: readonly CataloguedRule[]): Readonly<Record<string, Schema>> {
  const shared = OPTIONS.filter(({ fileOnly }) => !fileOnly).map((option): EditorSetting => ({
    name: option.key === "rules" ? "rules.severity" : option.key,
    schema: { ...schemaOf(option, rules, false), markdownDescription: `${option.description}${option.key === "rules" ? "" : ` A configuration file may say otherwise.`}` },
  }));
  const old: readonly EditorSetting[] = [
    {
      name: "rules.disabled",
      schema: {
        type: "array", items: { type: "string", enum: ruleSummaries(rules).map(([id]) => id) }, uniqueItems: true, default: [],
        markdownDescription: "Ids of rules to leave out.",
        markdownDeprecationMessage: "Give the rule the severity `off` in `#scaleHints.rules.severity#`.",
      },
    },
    { name: "includeAssumed", schema: { ...boolean(false, "Report what rests on assumptions, too, as hints."), markdownDeprecationMessage: "Set `#scaleHints.minimumConfidence#` to `assumed`." } },
  ];
  return Object.fromEntries([...FIRST, ...shared, ...old, ...LAST].map(({ name, schema }, order) => [`scaleHints.${name}`, { ...schema, order }]));
}

/** The JSON Schema of `scale-hints.json`. */
export function configurationSchema(rules: readonly CataloguedRule[]): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Scale Hints",
    description: "What Scale Hints reports in this folder and below, in the editor, the terminal and CI.",
    type: "object",
    properties: {
      $schema: { type: "string" },
      ...Object.fromEntries(OPTIONS.map((option) => [option.key, { ...schemaOf(option, rules, true), markdownDescription: option.description, description: option.description.replace(/`/g, "") }])),
    },
    additionalProperties: false,
    allowTrailingCommas: true,
  };
}

/** The same options as the key `scaleHints` of a `package.json`. */
export function manifestSchema(): Schema {
  return { $schema: "http://json-schema.org/draft-07/schema#", type: "object", properties: { scaleHints: { $ref: "./scale-hints.schema.json" } } };
}

/** The README's table of settings. */
export function settingsTable(rules: readonly CataloguedRule[]): string {
  const rows = Object.entries(settingsProperties(rules)).map(([name, schema]) => {
    const { default: value, markdownDescription, markdownDeprecationMessage } = schema as { default: unknown; markdownDescription: string; markdownDeprecationMessage?: string };
    const said = markdownDeprecationMessage === undefined ? markdownDescription : `Deprecated. ${markdownDeprecationMessage.replace(/`#(.*?)#`/g, "`$1`")}`;
    return `| \`${name}\` | \`${JSON.stringify(value)}\` | ${said.replace(/\|/g, "\\|")} |`;
  });
  return ["| Setting | Default | |", "|---|---|---|", ...rows].join("\n");
}

/** The README's table of the options of the configuration file. */
export function optionsTable(): string {
  const rows = OPTIONS.map(({ key, is, default: value, description }) => {
    const kinds = is.type === "enum" ? is.values.map((each) => `\`"${each}"\``).join(", ") : { boolean: "`true`, `false`", string: "text", strings: "list of patterns", rules: "severities by rule id", rows: "numbers by name" }[is.type];
    return `| \`${key}\` | ${kinds} | ${value === null ? "" : `\`${JSON.stringify(value)}\``} | ${description.replace(/\|/g, "\\|")} |`;
  });
  return ["| Option | May be | Default | |", "|---|---|---|---|", ...rows].join("\n");
}
