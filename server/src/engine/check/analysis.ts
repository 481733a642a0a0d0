import { bodyCosts, type BodyCost } from "../cost";
import type { ClassDeclaration, FileFacts } from "../facts";
import type { DataAccessEvent } from "../flow";
import type { Deployment, Entity, LinkedProject } from "../project";
import type { EntityUsage, QueryRewriter, Vocabulary } from "../rule";
import { checkFile, type RuleTable } from "./dispatch";
import type { RuleFailure } from "./failure";
import { entryOfRole, type FileRole } from "./file-role";
import type { RawFinding } from "./raw-finding";
import { understandingOf, type Understanding } from "./understanding";
import { usageShares, type UsageShare } from "./usage";

/** What a file does to the database, before any rule has seen it. */
export interface Evaluation {
  readonly events: readonly DataAccessEvent[];
  readonly entities: readonly Entity[];
  readonly deployment?: Deployment;
  readonly usage: ReadonlyMap<string, UsageShare>;
  readonly understanding: Understanding;
  readonly costs: readonly BodyCost[];
  /** Keys of the project model that were asked for. */
  readonly keys: ReadonlySet<string>;
}

/** Runs the evaluator over one file. */
export function evaluate(facts: FileFacts, project: LinkedProject, events: () => readonly DataAccessEvent[]): Evaluation {
  const { result, keys } = project.recording(facts.uri, () => {
    const seen = events();
    return { events: seen, entities: entitiesOf(facts, project), deployment: project.deployment(facts.uri), usage: usageShares(seen, project) };
  });
  return {
    ...result,
    keys,
    understanding: understandingOf(result.events),
    costs: bodyCosts(result.events, project),
  };
}

/** Asks for each class and table of the file by itself, so that the file depends on these entities and no others. */
function entitiesOf(facts: FileFacts, project: LinkedProject): readonly Entity[] {
  const entities: Entity[] = [];
  const visit = (declaration: ClassDeclaration): void => {
    const entity = project.entityOfClass(project.classRef(facts.uri, declaration));
    if (entity) entities.push(entity);
    declaration.classes.forEach(visit);
  };
  facts.declares.classes.forEach(visit);
  entities.push(...project.entitiesIn(facts.uri));
  return entities;
}

export interface Verdict {
  readonly findings: readonly RawFinding[];
  readonly failures: readonly RuleFailure[];
  /** Keys of the project model that the rules asked for. */
  readonly keys: ReadonlySet<string>;
  /** Entities whose usage in the whole project a rule asked for. */
  readonly askedUsage: ReadonlySet<string>;
}

export interface JudgeInput {
  readonly uri: string;
  readonly role: FileRole;
  readonly evaluation: Evaluation;
  readonly project: LinkedProject;
  readonly rules: RuleTable;
  usage(entity: string): EntityUsage;
  rewriter(orm: string): QueryRewriter;
  vocabulary(orm: string | undefined): Vocabulary;
}

/** Lets the rules see an evaluated file. */
export function judge({ uri, role, evaluation, project, rules, usage, rewriter, vocabulary }: JudgeInput): Verdict {
  const askedUsage = new Set<string>();
  const { result, keys } = project.recording(uri, () =>
    checkFile({
      uri,
      project,
      rules,
      rewriter,
      vocabulary,
      events: evaluation.events,
      costs: evaluation.costs,
      entities: evaluation.entities,
      deployment: evaluation.deployment,
      entry: entryOfRole(role),
      usage(entity) {
        askedUsage.add(entity);
        return usage(entity);
      },
    }),
  );
  return { ...result, keys, askedUsage };
}
