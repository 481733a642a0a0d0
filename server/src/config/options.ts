import type { Basis, DatabaseEngine, Severity } from "#engine";

/** `default` leaves the decision to the engine. */
export type SeverityOverride = Severity | "off" | "default";

/** How large the tables are that are not known better. */
export type Scale = "small" | "medium" | "large";

/** The rows that a table is taken to have at a scale. */
export const SCALE_ROWS: Readonly<Record<Scale, number>> = { small: 1_000, medium: 100_000, large: 10_000_000 };

/**
 * What editor, terminal and CI have in common: the section `scaleHints` of the editor's settings, overridden by the configuration file
 * that is nearest to a file.
 */
export interface Configuration {
  readonly rules: ReadonlyMap<string, SeverityOverride>;
  /** Patterns as in .gitignore, from the folder of the file that says them; undefined: everything. */
  readonly include?: readonly string[];
  readonly exclude: readonly string[];
  readonly includeTests: boolean;
  readonly minimumConfidence: Basis;
  readonly scale: Scale;
  /** Rows by the name of a model or a table, in lower case. */
  readonly rows: ReadonlyMap<string, number>;
  readonly database?: DatabaseEngine;
  readonly settingsModule?: string;
  /** A path from the folder of the file that says it. */
  readonly baseline?: string;
}

export const DEFAULT_CONFIGURATION: Configuration = {
  rules: new Map(),
  exclude: [],
  includeTests: false,
  minimumConfidence: "inferred",
  scale: "medium",
  rows: new Map(),
};

export const SEVERITIES: readonly SeverityOverride[] = ["default", "off", "hint", "information", "warning"];
export const CONFIDENCES: readonly Basis[] = ["resolved", "inferred", "assumed"];
export const SCALES: readonly Scale[] = ["small", "medium", "large"];
const ENGINE_NAMES: Readonly<Record<Exclude<DatabaseEngine, "unknown">, string>> = {
  postgresql: "PostgreSQL", mysql: "MySQL or MariaDB", sqlite: "SQLite", oracle: "Oracle", sqlserver: "SQL Server", cockroachdb: "CockroachDB", mongodb: "MongoDB",
};
export const ENGINES = Object.keys(ENGINE_NAMES) as readonly (keyof typeof ENGINE_NAMES)[];

/** What a value of an option may be. */
export type OptionType =
  | { readonly type: "boolean" }
  | { readonly type: "string" }
  | { readonly type: "enum"; readonly values: readonly string[]; readonly descriptions: readonly string[] }
  | { readonly type: "strings" }
  /** Rule ids with severities. */
  | { readonly type: "rules" }
  /** Names with numbers of rows. */
  | { readonly type: "rows" };

export interface OptionSpec {
  readonly key: keyof Configuration;
  readonly is: OptionType;
  /** One or two sentences, in Markdown. */
  readonly description: string;
  /** What schema and settings show as the value that it has without being set. */
  readonly default: unknown;
  readonly examples?: readonly unknown[];
  /** Makes sense in a file only, which has a folder. */
  readonly fileOnly?: true;
}

/** The options of the configuration file, in the order in which they are explained. The schema, the editor's settings and the README's table are made of them. */
export const OPTIONS: readonly OptionSpec[] = [
  {
    key: "rules",
    is: { type: "rules" },
    description: "Severity by rule id, for example `{ \"missing-index\": \"warning\", \"random-order\": \"off\" }`. `off` leaves a rule out; any other severity turns on a rule that is off by default.",
    default: {},
    examples: [{ "missing-index": "warning", "random-order": "off" }],
  },
  {
    key: "include",
    is: { type: "strings" },
    description: "Patterns as in `.gitignore` of the files whose findings are reported. Everything else is still understood: models and helpers may be anywhere.",
    default: [],
    examples: [["src/", "backend/**/*.py"]],
  },
  {
    key: "exclude",
    is: { type: "strings" },
    description: "Patterns as in `.gitignore` of files whose findings are not reported, though they are understood.",
    default: [],
    examples: [["legacy/", "**/reports/*.py"]],
  },
  { key: "includeTests", is: { type: "boolean" }, description: "Report tests, migrations and vendored folders, too.", default: false },
  {
    key: "minimumConfidence",
    is: {
      type: "enum",
      values: CONFIDENCES,
      descriptions: ["Only what code and schema say for certain.", "Also what follows from names and conventions, one step of severity lower.", "Also what rests on assumptions, as hints."],
    },
    description: "How sure a finding must be to be reported.",
    default: "inferred",
  },
  {
    key: "scale",
    is: {
      type: "enum",
      values: SCALES,
      descriptions: ["Tables of a thousand rows: everything is one step less severe.", "Tables of a hundred thousand rows: severities as the rules' pages say.", "Tables of ten million rows: everything is one step more severe."],
    },
    description: "How large the tables are to become whose row count is not declared. It moves severities.",
    default: "medium",
  },
  {
    key: "rows",
    is: { type: "rows" },
    description: "Rows by model or table, as many as there will ever be: `{ \"Country\": 250 }`. What costs little in a table of that size is less severe, or not reported; large ones are more severe.",
    default: {},
    examples: [{ Country: 250, "shop.Order": 5_000_000 }],
  },
  {
    key: "database",
    is: { type: "enum", values: ENGINES, descriptions: ENGINES.map((engine) => `${ENGINE_NAMES[engine]}.`) },
    description: "The database that the project runs on, where settings and schemas do not tell.",
    default: null,
  },
  {
    key: "settingsModule",
    is: { type: "string" },
    description: "The Django settings module that is deployed, where it cannot be told: `shop.settings.production`.",
    default: null,
    examples: ["shop.settings.production"],
  },
  {
    key: "baseline",
    is: { type: "string" },
    description: "A file of findings that are known and not reported (`scale-hints baseline` writes it), relative to the configuration file.",
    default: null,
    examples: ["scale-hints-baseline.json"],
    fileOnly: true,
  },
];
