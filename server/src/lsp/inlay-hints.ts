import type { InlayHint, InlayHintLabelPart, InlayHintParams, MarkupContent } from "vscode-languageserver";
import { costText, degreeOf, type EndpointCost, type Finding } from "#engine";
import type { InlayKind } from "../config/settings";
import { canonicalUri } from "../host/uri";
import { evidenceOf, placesBehind, placesMarkdown } from "../present/evidence";
import { costHeadline } from "../present/cost-headline";
import { APPLY_FIX_COMMAND, SHOW_PLACES_COMMAND } from "../protocol";
import type { ClientFeatures } from "./client-features";
import type { Project } from "./project";

export interface InlayHintContext {
  readonly project: Project;
  readonly features: ClientFeatures;
  readonly kinds: readonly InlayKind[];
  /** Whether lenses stand above what answers requests. */
  readonly hasLenses: boolean;
  /** The topic of a rule, which says what its findings are about. */
  readonly topicOf: (ruleId: string) => string | undefined;
}

interface Said {
  readonly label: string;
  readonly kind: InlayKind;
  readonly findings: Finding[];
  /** Whose cost it is, where no finding is behind it. */
  readonly endpoint?: EndpointCost;
}

/** So many places explain the cost of what answers requests. */
const MOST_PLACES = 8;

/**
 * What lines cost, at their ends: a loop its queries, a relation or query in it what each round adds, any other query what is wrong with it, and what
 * answers requests its whole cost where that grows. Lines that cost what they should have nothing.
 */
export function inlayHints({ textDocument, range }: InlayHintParams, context: InlayHintContext): InlayHint[] {
  const { project, kinds } = context;
  const uri = canonicalUri(textDocument.uri);
  const findings = project.findings(uri);
  const index = project.lines.of(uri);
  const byLine = new Map<number, Said[]>();
  const say = (offset: number, label: string, kind: InlayKind, finding?: Finding, endpoint?: EndpointCost): void => {
    const line = index.lineAt(offset);
    if (!kinds.includes(kind) || line < range.start.line || line > range.end.line) return;
    const said = byLine.get(line) ?? [];
    byLine.set(line, said);
    const same = said.find((each) => each.label === label);
    if (same && finding) same.findings.push(finding);
    else if (!same) said.push({ label, kind, findings: finding ? [finding] : [], endpoint });
  };
  for (const [loop, inLoop] of loopsIn(uri, findings, context)) for (const finding of inLoop) say(loop, loopLabel(inLoop), "loops", finding);
  for (const finding of findings) if (finding.hint !== undefined && !countsRounds(finding, context)) say(finding.at.span.start, finding.hint, "queries", finding);
  for (const inLine of roundsIn(uri, findings, context)) for (const finding of inLine) say(finding.at.span.start, roundLabel(inLine), "relations", finding);
  for (const endpoint of kinds.includes("entryPoints") ? growing(uri, context) : []) say(endpoint.at.span.start, costHeadline(endpoint.cost), "entryPoints", undefined, endpoint);
  return [...byLine].map(([line, said]) => {
    return { position: index.endOfLine(line), label: labelOf(said, uri, context), paddingLeft: true, tooltip: tooltipOf(said, context) };
  });
}

/** What answers requests, where no lens above it says the same, and the classes that others run for rows: serializers. */
function growing(uri: string, { project, hasLenses }: InlayHintContext): readonly EndpointCost[] {
  return [...(hasLenses ? [] : project.costsIn(uri)), ...project.classCostsIn(uri)].filter(({ cost }) => degreeOf(cost) > 0);
}

function countsRounds(finding: Finding, { topicOf }: InlayHintContext): boolean {
  return topicOf(finding.ruleId) === "queries-in-loops";
}

/** The findings of each loop that begins in this file, by the start of its header. */
function loopsIn(uri: string, findings: readonly Finding[], context: InlayHintContext): ReadonlyMap<number, readonly Finding[]> {
  const loops = new Map<number, Finding[]>();
  for (const finding of findings) {
    if (finding.hint === undefined || finding.loop?.uri !== uri || !countsRounds(finding, context)) continue;
    const known = loops.get(finding.loop.span.start);
    if (known) known.push(finding);
    else loops.set(finding.loop.span.start, [finding]);
  }
  return loops;
}

/** The findings of each line that say what its part of a loop that begins elsewhere adds to each round. */
function roundsIn(uri: string, findings: readonly Finding[], context: InlayHintContext): readonly (readonly Finding[])[] {
  const index = context.project.lines.of(uri);
  const lines = new Map<number, Finding[]>();
  for (const finding of findings) {
    if (finding.hint === undefined || !countsRounds(finding, context)) continue;
    const line = index.lineAt(finding.at.span.start);
    if (finding.loop?.uri === uri && index.lineAt(finding.loop.span.start) === line) continue;
    const known = lines.get(line);
    if (known) known.push(finding);
    else lines.set(line, [finding]);
  }
  return [...lines.values()];
}

/** What findings count together: `up to 1 + 2N queries`; and what cannot be added up. */
interface Counted {
  readonly upTo: string;
  readonly once: string;
  readonly perRound: number;
  readonly noun: string;
  readonly others: readonly string[];
}

function counted(findings: readonly Finding[]): Counted {
  const each = findings.map(({ hint = "" }) => ({ hint, parts: /^(up to )?(1 \+ )?(\d*)N (queries|statements)\b/.exec(hint) }));
  const counts = each.flatMap(({ parts }) => (parts ? [parts] : []));
  return {
    upTo: counts.some(([, upTo]) => upTo) ? "up to " : "",
    once: counts.some(([, , once]) => once) ? "1 + " : "",
    perRound: counts.reduce((sum, [, , , count]) => sum + (count === "" ? 1 : Number(count)), 0),
    noun: counts.every(([, , , , noun]) => noun === "statements") ? "statements" : "queries",
    others: [...new Set(each.flatMap(({ hint, parts }) => (parts ? [] : [hint])))],
  };
}

/** `1 + 3N queries` of a loop with two findings. */
function loopLabel(findings: readonly Finding[]): string {
  const { upTo, once, perRound, noun, others } = counted(findings);
  return [...(perRound > 0 ? [`${upTo}${once}${perRound === 1 ? "" : perRound}N ${noun}`] : []), ...others].join(", ");
}

/** `1 + 2N queries` is two more in each round. */
function roundLabel(findings: readonly Finding[]): string {
  const { upTo, perRound, others } = counted(findings);
  const round = findings.every(({ ruleId }) => ruleId === "relation-read-in-loop") ? "row" : "round";
  return [...(perRound > 0 ? [`${upTo}+${perRound} per ${round}`] : []), ...others].join(", ");
}

function labelOf(said: readonly Said[], uri: string, { project, features }: InlayHintContext): string | InlayHintLabelPart[] {
  if (!features.ownCommands) return said.map(({ label }) => label).join(", ");
  return said.flatMap(({ label, findings }, index): InlayHintLabelPart[] => {
    const finding = findings.find(isSafelyFixable) ?? findings[0];
    const command = finding && (isSafelyFixable(finding) ? { title: "Fix", command: APPLY_FIX_COMMAND, arguments: [uri, finding.key] } : { title: "Show why", command: SHOW_PLACES_COMMAND, arguments: [evidenceOf(finding, project)] });
    return [...(index > 0 ? [{ value: ", " }] : []), { value: label, ...(command && { command }) }];
  });
}

function isSafelyFixable({ proposals }: Finding): boolean {
  return proposals.some(({ safety }) => safety === "safe");
}

/** VS Code runs what a label leads to when it is clicked with the modifier that opens links. */
function tooltipOf(said: readonly Said[], { project, features }: InlayHintContext): MarkupContent {
  const messages = new Map(said.flatMap(({ findings }) => findings).map((finding) => [finding.message, finding]));
  const click = (finding: Finding): string => {
    if (!features.ownCommands) return "";
    const fix = finding.proposals.find(({ safety }) => safety === "safe");
    return `\n\nCtrl+click (Cmd+click), or the quick fixes of the underlined code: ${fix ? `${fix.title[0].toLowerCase()}${fix.title.slice(1)}` : "show every place that plays a part"}`;
  };
  const found = [...messages].map(([message, finding]) => `${message}\n${placesMarkdown(finding.related, project)}${click(finding)}`);
  const costs = said.flatMap(({ endpoint }) => (endpoint ? [`\`${endpoint.name}\` sends ${costText(endpoint.cost)} queries.\n${placesMarkdown(placesBehind(endpoint).slice(0, MOST_PLACES), project)}`] : []));
  return { kind: "markdown", value: [...found, ...costs].join("\n\n---\n\n") };
}
