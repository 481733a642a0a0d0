import { applyEdits, LineIndex, type Finding, type Fix, type Rule, type WorkspaceApi } from "#engine";
import { languageOf } from "../../server/src/engine/languages";
import type { Case, CaseFile } from "./case-page";
import type { Expectation } from "./expectations";
import { loadParsers } from "./parsers";
import { openProject, pathOf } from "./project";

/** What a case showed: problems to fail with, and the fixes it offered, by rule. */
export interface CaseResult {
  readonly problems: readonly string[];
  readonly fixTitles: readonly { readonly ruleId: string; readonly title: string }[];
}

/** Runs a case: marks against findings, every fix proven, goldens compared. `page` names the page in problems. */
export async function runCase(one: Case, page: string, rule: Rule, allRules: readonly Rule[]): Promise<CaseResult> {
  const named = new Set([rule.id, ...one.also, ...one.files.flatMap((file) => file.expectations.map((each) => each.ruleId))]);
  const rules = allRules.filter((each) => named.has(each.id));
  const unknown = [...named].filter((id) => !rules.some((each) => each.id === id) && id !== "unused-suppression");
  if (unknown.length > 0) return { problems: [`${page}:${one.line}: there is no rule ${unknown.join(", ")}`], fixTitles: [] };
  const options = { includeTests: one.includeTests, includeAssumed: one.includeAssumed };
  const texts = new Map(one.files.map((file) => [file.path, file.text]));
  const open = (files: ReadonlyMap<string, string>): Promise<WorkspaceApi> => openProject(files, rules, options, one.hasShop ? one.framework : "none");
  const workspace = await open(texts);
  workspace.checkAll();
  const problems = [...compareWithMarks(workspace, one.files, page)];
  const fixed: { readonly fix: Fix; readonly texts: ReadonlyMap<string, string> }[] = [];
  const fixTitles: { ruleId: string; title: string }[] = [];
  for (const finding of workspace.allFindings()) {
    for (const fix of workspace.fixes(finding)) {
      const after = applyFix(workspace, texts, fix);
      fixed.push({ fix, texts: after });
      if (one.notOffered.some((text) => fix.title.toLowerCase().includes(text.toLowerCase()))) problems.push(`${place(one, page, workspace, finding)}: "${fix.title}" is offered, which it must not be`);
      fixTitles.push({ ruleId: finding.ruleId, title: fix.title });
      for (const problem of await proveFix(workspace, finding, fix, texts, after, open)) problems.push(`${place(one, page, workspace, finding)}: "${fix.title}": ${problem}`);
    }
  }
  for (const golden of one.goldens) {
    const candidates = fixed.filter(({ fix }) => fix.title === golden.title);
    const isGolden = (result: ReadonlyMap<string, string>): boolean => [...golden.files].every(([path, text]) => result.get(path) === text) && [...result].every(([path, text]) => golden.files.has(path) || text === texts.get(path));
    if (candidates.some((each) => isGolden(each.texts))) continue;
    problems.push(`${page}:${golden.line}: ${candidates.length === 0 ? notOffered(golden.title, workspace, fixed.map(({ fix }) => fix.title)) : differences(golden.files, candidates[0].texts, texts)}`);
  }
  return { problems, fixTitles };
}

/** The files after a fix, by path: those it touches and all of the case. */
function applyFix(workspace: WorkspaceApi, texts: ReadonlyMap<string, string>, fix: Fix): ReadonlyMap<string, string> {
  const after = new Map(texts);
  for (const { uri, edits } of fix.edits) after.set(pathOf(uri), applyEdits(workspace.text(uri) ?? "", edits));
  return after;
}

function compareWithMarks(workspace: WorkspaceApi, files: readonly CaseFile[], page: string): readonly string[] {
  const problems: string[] = [];
  const byPath = new Map(files.map((file) => [file.path, file]));
  const open = new Map(files.map((file) => [file.path, [...file.expectations]]));
  for (const finding of workspace.allFindings()) {
    const path = pathOf(finding.at.uri);
    const line = lineOf(workspace, finding);
    const expected = open.get(path) ?? [];
    const match = expected.findIndex((each) => !each.isTodo && each.line === line && answers(finding, each));
    if (match >= 0) {
      expected.splice(match, 1);
      continue;
    }
    const todo = expected.findIndex((each) => each.isTodo && each.line === line && answers(finding, each));
    const where = `${page}:${byPath.get(path)?.pageLines[line] ?? "?"} (${path}:${line + 1})`;
    if (todo >= 0) {
      expected.splice(todo, 1);
      problems.push(`${where}: works now: turn this \`expect-todo: ${finding.ruleId}\` into \`expect\``);
    } else {
      const nearest = expected.findIndex((each) => each.line === line && each.ruleId === finding.ruleId);
      const near = nearest < 0 ? undefined : expected.splice(nearest, 1)[0];
      problems.push(`${where}: ${near ? "reported otherwise than expected" : "not expected"}\n      got      ${finding.ruleId} ${finding.severity}: ${finding.message}${near ? `\n      expected ${describe(near)}` : ""}\n      at       ${workspace.text(finding.at.uri)!.split("\n")[line].trim()}`);
    }
  }
  for (const [path, left] of open) {
    for (const each of left) {
      if (each.isTodo) continue;
      const text = byPath.get(path)!.text.split("\n")[each.line].trim();
      problems.push(`${page}:${each.pageLine} (${path}:${each.line + 1}): expected and not reported\n      expected ${describe(each)}\n      at       ${text}`);
    }
  }
  return problems;
}

function answers(finding: Finding, expectation: Expectation): boolean {
  return (
    finding.ruleId === expectation.ruleId &&
    // Marks quote a message's `what` as the rule has it, before it starts a sentence.
    finding.message.toLowerCase().includes(expectation.part.toLowerCase()) &&
    (expectation.severity === undefined || finding.severity === expectation.severity)
  );
}

function describe({ ruleId, severity, part }: Expectation): string {
  return [ruleId, severity, part && `"${part}"`].filter(Boolean).join(" ");
}

function lineOf(workspace: WorkspaceApi, finding: Finding): number {
  return new LineIndex(workspace.text(finding.at.uri)!).lineAt(finding.at.span.start);
}

function place(one: Case, page: string, workspace: WorkspaceApi, finding: Finding): string {
  const path = pathOf(finding.at.uri);
  const line = lineOf(workspace, finding);
  return `${page}:${one.files.find((file) => file.path === path)?.pageLines[line] ?? one.line} (${path}:${line + 1})`;
}

/** That the fix keeps its promises. The finding being gone also means that applying it a second time is impossible: nothing offers it any more. */
async function proveFix(
  workspace: WorkspaceApi,
  finding: Finding,
  fix: Fix,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  open: (files: ReadonlyMap<string, string>) => Promise<WorkspaceApi>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const parsers = await loadParsers();
  for (const { uri } of fix.edits) {
    const path = pathOf(uri);
    const old = before.get(path) ?? workspace.text(uri) ?? "";
    const next = after.get(path)!;
    const frontEnd = languageOf(path, old);
    if (!frontEnd) continue;
    const errorsIn = (text: string): number => frontEnd.lower(text, uri, parsers).errors.length;
    if (errorsIn(next) > errorsIn(old)) problems.push(`the result does not parse:\n${after.get(path)}`);
    if (fix.safety === "safe") {
      const kept = frontEnd.comments(next, parsers, uri);
      const lost = frontEnd.comments(old, parsers, uri).filter((comment) => !kept.includes(comment));
      if (lost.length > 0) problems.push(`safe, but these comments are lost: ${lost.join(" ")}`);
    }
  }
  const fixed = await open(after);
  fixed.checkAll();
  const count = (findings: readonly Finding[]): number => findings.filter((each) => each.ruleId === finding.ruleId).length;
  const left = fixed.allFindings();
  if (count(left) >= count(workspace.allFindings())) problems.push(`the finding is still there:\n${left.map((each) => `      ${each.message}`).join("\n")}`);
  const again = left.flatMap((each) => fixed.fixes(each)).filter((each) => sameEdits(each, fix));
  if (again.length > 0) problems.push("a second application changes the code again");
  return problems;
}

function sameEdits(a: Fix, b: Fix): boolean {
  return a.title === b.title && JSON.stringify(a.edits) === JSON.stringify(b.edits);
}

function notOffered(title: string, workspace: WorkspaceApi, offered: readonly string[]): string {
  const proposed = workspace.allFindings().flatMap((finding) => finding.proposals.map((each) => each.title));
  const reason = workspace.notes().find((note) => note.message.includes(`"${title}"`));
  const state = proposed.includes(title) ? `proposed, but ${reason?.message ?? "withdrawn"}` : "not proposed";
  return `the fix "${title}" is not offered (${state})\n      offered  ${offered.join("; ") || "nothing"}`;
}

function differences(golden: ReadonlyMap<string, string>, got: ReadonlyMap<string, string>, before: ReadonlyMap<string, string>): string {
  const lines = ["the result of the fix differs"];
  for (const [path, text] of got) {
    const expected = golden.get(path) ?? before.get(path);
    if (expected === text) continue;
    if (expected === undefined) {
      lines.push(`      ${path} was changed, too`);
      continue;
    }
    const a = expected.split("\n");
    const b = text.split("\n");
    let first = 0;
    while (a[first] === b[first]) first++;
    lines.push(`      ${path}:${first + 1}`, `      expected ${JSON.stringify(a[first])}`, `      got      ${JSON.stringify(b[first])}`, "      --- got, whole", ...b.map((line) => `      | ${line}`));
  }
  return lines.join("\n");
}

