import { strict as assert } from "node:assert";
import type { Finding, WorkspaceApi } from "#engine";
import { keptBy } from "./kept";
import { pathOf, uriOf } from "./project";

export interface EditedProject {
  /** The files at the start, by path. */
  readonly start: Readonly<Record<string, string>>;
  readonly seeds: number;
  /** A workspace with the files of the start. */
  readonly open: () => Promise<WorkspaceApi>;
  /** A workspace that has just read what the other one has. */
  readonly afresh: (workspace: WorkspaceApi) => Promise<WorkspaceApi>;
  /** One without files, in the folder of the others. */
  readonly empty: () => Promise<WorkspaceApi>;
  /** A line that changes nothing, at the start of a file. */
  readonly comment: (path: string) => string;
  /** Edits of the language at hand. */
  readonly changes: readonly [(text: string) => string, (text: string) => string];
}

/** Tests that any sequence of edits ends in the findings of a fresh start. */
export function itEndsInFreshFindings(project: EditedProject): void {
  it("goes with a fork where that goes, and leaves the other one where it is", async function () {
    this.timeout(30_000);
    const next = sequence(4711);
    const paths = Object.keys(project.start);
    const editOne = (workspace: WorkspaceApi): void => {
      const path = paths[next(paths.length)];
      workspace.apply([{ uri: uriOf(path), text: edit(project, workspace.text(uriOf(path)), path, next) }]);
    };
    const itIsFresh = async (workspace: WorkspaceApi, what: string): Promise<void> => {
      workspace.checkAll();
      const fresh = await project.afresh(workspace);
      fresh.checkAll();
      assert.deepEqual(workspace.allFindings().map(describeFinding), fresh.allFindings().map(describeFinding), what);
    };
    let workspace = await project.open();
    for (let round = 0; round < 6; round++) {
      // Half checked, half not; then both go on, by turns.
      editOne(workspace);
      for (const uri of workspace.dirty().slice(0, 1)) workspace.check(uri);
      const fork = workspace.fork();
      for (let step = 0; step < 3; step++) {
        editOne(fork);
        for (const uri of fork.dirty().slice(0, 1)) fork.check(uri);
        editOne(workspace);
        for (const uri of workspace.dirty().slice(0, 1)) workspace.check(uri);
      }
      await itIsFresh(workspace, `the one that was forked, in round ${round}`);
      await itIsFresh(fork, `the fork of round ${round}`);
      if (round % 2 === 1) workspace = fork;
    }
  });

  for (let seed = 1; seed <= project.seeds; seed++) {
    it(`ends in the findings of a fresh start (${seed})`, async function () {
      this.timeout(30_000);
      const next = sequence(seed * 7919);
      const workspace = await project.open();
      workspace.checkAll();
      const paths = Object.keys(project.start);
      for (let step = 0; step < 25; step++) {
        const path = paths[next(paths.length)];
        const text = edit(project, workspace.text(uriOf(path)), path, next);
        workspace.apply([{ uri: uriOf(path), text }]);
        workspace.checkAll();
        const fresh = await project.afresh(workspace);
        fresh.checkAll();
        assert.deepEqual(workspace.allFindings().map(describeFinding), fresh.allFindings().map(describeFinding), `after step ${step} in ${path}`);
      }
    });
  }
}

/** Tests that a session that goes on from an earlier one ends in the findings of a fresh start, whatever has changed between them. */
export function itResumesToFreshFindings(project: EditedProject): void {
  it("takes everything over where nothing has changed", async function () {
    this.timeout(30_000);
    const earlier = await project.open();
    earlier.checkAll();
    const workspace = await resumed(project, earlier, textsOf(earlier));
    workspace.checkAll();
    assert.deepEqual([workspace.counters.lowered, workspace.counters.checked], [0, 0]);
    assert.deepEqual(wholeOf(workspace), wholeOf(earlier));
    const withFixes = (each: WorkspaceApi): unknown => each.allFindings().map((finding) => each.fixes(finding));
    assert.deepEqual(withFixes(workspace), withFixes(earlier));
  });

  for (let seed = 1; seed <= project.seeds; seed++) {
    it(`goes on from an earlier session to the findings of a fresh start (${seed})`, async function () {
      this.timeout(60_000);
      const next = sequence(seed * 104729);
      const paths = Object.keys(project.start);
      let workspace = await project.open();
      for (let session = 0; session < 6; session++) {
        workspace.checkAll();
        const texts = textsOf(workspace);
        for (let edits = 1 + next(4); edits > 0; edits--) {
          const path = paths[next(paths.length)];
          const text = edit(project, texts.get(uriOf(path)), path, next);
          if (text === undefined) texts.delete(uriOf(path));
          else texts.set(uriOf(path), text);
        }
        workspace = await resumed(project, workspace, texts);
        if (session % 2 === 1) {
          // Somebody types before all is taken over.
          for (const uri of workspace.dirty().slice(0, 1 + next(4))) workspace.check(uri);
          const path = paths[next(paths.length)];
          workspace.apply([{ uri: uriOf(path), text: edit(project, workspace.text(uriOf(path)), path, next) }]);
          if (session === 3) workspace = workspace.fork();
        }
        workspace.checkAll();
        const fresh = await project.afresh(workspace);
        fresh.checkAll();
        assert.deepEqual(wholeOf(workspace), wholeOf(fresh), `in session ${session}`);
      }
    });
  }
}

async function resumed({ empty }: EditedProject, earlier: WorkspaceApi, texts: ReadonlyMap<string, string>): Promise<WorkspaceApi> {
  const workspace = await empty();
  workspace.resume(keptBy(earlier));
  workspace.apply([...texts].map(([uri, text]) => ({ uri, text })));
  return workspace;
}

function textsOf(workspace: WorkspaceApi): Map<string, string> {
  return new Map(workspace.uris().map((uri) => [uri, workspace.text(uri)!]));
}

function wholeOf(workspace: WorkspaceApi): unknown {
  return {
    findings: workspace.allFindings().map((each) => [describeFinding(each), each.proposals.map(({ title }) => title), each.routes, each.cost]),
    costs: workspace.costs("everything").map((each) => JSON.stringify(each)).sort(),
    understood: workspace.understood(),
    unresolved: workspace.unresolved(),
  };
}

/** A fixed sequence that looks random. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

/** One edit as people (and branch switches) make them; undefined deletes the file. */
function edit({ start, comment, changes }: EditedProject, text: string | undefined, path: string, next: (below: number) => number): string | undefined {
  if (text === undefined) return start[path];
  const lines = text.split("\n");
  const at = next(lines.length);
  switch (next(9)) {
    case 0: return undefined;
    case 1: return start[path];
    case 2: return `${comment(path)}\n${text}`;
    case 3: lines.splice(at, 1); break;
    case 4: lines.splice(at, 0, lines[next(lines.length)]); break;
    case 5: lines[at] = lines[at].slice(0, next(lines[at].length + 1)); break;
    case 6: lines.splice(at, 0, ""); break;
    case 7: return changes[0](text);
    default: return changes[1](text);
  }
  return lines.join("\n");
}

function describeFinding(each: Finding): unknown {
  const place = ({ uri, span }: Finding["at"]): string => `${pathOf(uri)} ${span.start}-${span.end}`;
  return { key: each.key, message: each.message, severity: each.severity, at: place(each.at), related: each.related.map((one) => `${place(one.at)} ${one.message}`).sort() };
}
