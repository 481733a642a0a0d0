import type { Hover, HoverParams } from "vscode-languageserver";
import type { Finding, QueryView } from "#engine";
import type { Configuration } from "../config/options";
import { SCALE_ROWS } from "../config/options";
import { canonicalUri } from "../host/uri";
import { linkTo } from "../present/evidence";
import type { Project } from "./project";

export interface HoverContext {
  readonly project: Project;
  readonly configurationOf: (uri: string) => Configuration;
  /** What the rule's page says about when a finding is wrong. */
  readonly whenWrong: (ruleId: string) => string | undefined;
}

/** So many queries at one place are told; more would not be read. */
const MOST_VIEWS = 2;

/** What a query or a relation under the pointer asks of the database, and how that grows; with findings there, when they are wrong. */
export function hover({ textDocument, position }: HoverParams, context: HoverContext): Hover | null {
  const { project } = context;
  const uri = canonicalUri(textDocument.uri);
  const index = project.lines.of(uri);
  const offset = index.offsetAt(position);
  const { line, character } = index.positionAt(offset);
  // What is written there just now is nothing that was looked at.
  if (line !== position.line || character !== position.character) return null;
  const views = project.queriesAt(uri, offset).slice(0, MOST_VIEWS);
  const findings = project.findings(uri).filter(({ at }) => at.span.start <= offset && offset <= at.span.end);
  if (views.length === 0 && findings.length === 0) return null;
  const parts = [...views.map((view) => describeView(view, uri, context)), ...describeFindings(findings, context)];
  const at = views[0]?.at ?? findings[0].at;
  return { contents: { kind: "markdown", value: parts.join("\n\n---\n\n") }, range: project.lines.range(uri, at.span) };
}

function describeView(view: QueryView, uri: string, { project, configurationOf }: HoverContext): string {
  const model = view.declaredAt ? `[${view.model}](${linkTo(view.declaredAt, project)})` : view.model;
  const configuration = configurationOf(uri);
  const rows = rowsOf(view.model, configuration);
  const lines = [
    `${view.sends ? "Asks the database for" : "Already loaded:"} **${model}**${view.uncertain ? ", as far as it is understood" : ""}`,
    "```sql\n" + view.sql + "\n```",
    ...(view.loads.length > 0 ? [`Comes with ${inWords(view.loads)}.`] : []),
    ...(view.leaves.length > 0 ? [`Does not load ${inWords(view.leaves)}: reading one is another query, for each row.`] : []),
    ...(view.index === undefined ? [] : [`${view.index[0].toUpperCase()}${view.index.slice(1)}.`]),
    ...growth(view, rows, configuration),
  ];
  return lines.join("\n\n");
}

/** What it comes to with the rows that tables are declared or taken to have. */
function growth(view: QueryView, { count, isDeclared }: { readonly count: number; readonly isDeclared: boolean }, configuration: Configuration): readonly string[] {
  const many = (number: number): string => number.toLocaleString("en-US");
  const size = `${many(count)} rows${isDeclared ? "" : ` (scale: ${configuration.scale})`}`;
  const said: string[] = [];
  if (view.sends && view.perRowOf.length > 0) {
    const times = view.perRowOf.map((name) => rowsOf(name, configuration).count).reduce((product, each) => product * each, 1);
    said.push(`Sent once for each row of ${inWords(view.perRowOf)}: up to **${many(times)}** statements.`);
  } else if (view.sends && view.rows === "all" && !view.sql.startsWith("SELECT COUNT") && !view.sql.startsWith("SELECT 1\n")) {
    said.push(`Gives every row that fits: up to **${size}**.`);
  }
  return said;
}

function rowsOf(model: string, { rows, scale }: Configuration): { readonly count: number; readonly isDeclared: boolean } {
  const declared = rows.get(model.toLowerCase());
  return { count: declared ?? SCALE_ROWS[scale], isDeclared: declared !== undefined };
}

/** The section of a rule's page that says when to leave it be. */
export function whenWrong(page: string | undefined): string | undefined {
  const section = page?.split(/^## /m).find((each) => each.startsWith("When to ignore it"));
  const text = section?.slice(section.indexOf("\n")).replace(/^```[^]*?^```$/gm, "").trim();
  return text === "" ? undefined : text;
}

function describeFindings(findings: readonly Finding[], { whenWrong }: HoverContext): readonly string[] {
  return [...new Set(findings.map(({ ruleId }) => ruleId))].flatMap((ruleId) => {
    const text = whenWrong(ruleId);
    return text === undefined ? [] : [`**When \`${ruleId}\` is wrong**\n\n${text}`];
  });
}

function inWords(names: readonly string[]): string {
  const quoted = [...new Set(names)].map((name) => `\`${name}\``);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}
