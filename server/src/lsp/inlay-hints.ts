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
  for (const [loop, inLoop] of loopsIn(uri, findings, context)) say(loop, loopLabel(inLoop), "loops", inLoop[0]);
  for (const finding of findings) {
    if (finding.hint === undefined) continue;
    if (!countsRounds(finding, context)) say(finding.at.span.start, finding.hint, "queries", finding);
    else if (finding.loop?.uri !== uri || index.lineAt(finding.loop.span.start) !== index.lineAt(finding.at.span.start)) say(finding.at.span.start, roundLabel(finding), "relations", finding);
  }
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

/** `1 + 2N queries` of two findings that say `1 + N queries`; what cannot be added up is listed. */
function loopLabel(findings: readonly Finding[]): string {
  const hints = [...new Set(findings.map(({ at, hint }) => `${at.span.start} ${hint}`))].map((each) => each.slice(each.indexOf(" ") + 1));
  const counts = hints.map((hint) => /^(1 \+ )?(\d*)N queries$/.exec(hint));
  if (counts.some((count) => !count)) return [...new Set(hints)].join(", ");
  const each = counts.reduce((sum, count) => sum + (count![2] === "" ? 1 : Number(count![2])), 0);
  return `${counts.some((count) => count![1]) ? "1 + " : ""}${each === 1 ? "" : each}N queries`;
}

/** `1 + 2N queries` is two more in each round. */
function roundLabel({ hint = "", ruleId }: Finding): string {
  const [, count] = /(\d*)N queries$/.exec(hint) ?? [];
  if (count === undefined) return hint;
  return `+${count === "" ? 1 : count} per ${ruleId === "relation-read-in-loop" ? "row" : "round"}`;
}

function labelOf(said: readonly Said[], uri: string, { project, features }: InlayHintContext): string | InlayHintLabelPart[] {
  if (!features.ownCommands) return said.map(({ label }) => label).join(", ");
  return said.flatMap(({ label, findings }, index): InlayHintLabelPart[] => {
    const [finding] = findings;
    const command = finding && (finding.proposals.some(({ safety }) => safety === "safe") ? { title: "Fix", command: APPLY_FIX_COMMAND, arguments: [uri, finding.key] } : { title: "Show why", command: SHOW_PLACES_COMMAND, arguments: [evidenceOf(finding, project)] });
    return [...(index > 0 ? [{ value: ", " }] : []), { value: label, ...(command && { command }) }];
  });
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
