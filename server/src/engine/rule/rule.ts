import type { DataAccessEvent, EventOf, Load, LoopContext, Lookup, Query, QueryEscapes, QueryRun } from "../flow";
import type { Basis, Deployment, Entity, EntryPoint, ProjectModel } from "../project";
import type { Location } from "../source";
import type { FixProposal, Impact, RelatedPlace } from "./finding";
import type { QueryRewriter } from "./rewriter";
import type { Vocabulary } from "./vocabulary";

export type Framework = "django" | "prisma" | "typeorm" | "sequelize" | "drizzle" | "mikroorm" | "knex" | "kysely";

/** `what` states, `why` gives the growth, `instead` advises. `{name}` is filled from the report's values. */
export interface Message {
  readonly what: string;
  readonly why: string;
  readonly instead: string;
}

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholders<Rest> : never;
type ValuesOf<M extends Message> = { readonly [Name in Placeholders<M["what"]> | Placeholders<M["why"]> | Placeholders<M["instead"]>]: string | number };

export interface Report<M extends Message> {
  readonly at: Location;
  readonly values: ValuesOf<M>;
  readonly related?: readonly RelatedPlace[];
  readonly fixes?: readonly FixProposal[];
  /** Short form for the end of the line: "1 + N queries". */
  readonly hint?: string;
  /** The query that it is about, where the event does not say (`bodyDone`): findings about different queries at one place stay apart. */
  readonly about?: Query;
  /** Of the events of a whole body (`bodyDone`), the one that it is about. */
  readonly of?: DataAccessEvent;
  /** The loop whose rounds it counts, where that is not the innermost one around the event. */
  readonly loop?: LoopContext;
  /** What the claim rests on beyond the event itself. */
  readonly basis?: Basis;
  /** Steps of severity to take off (rows bounded by a page, lookups already narrowed); "hint" whatever the impact: 3. */
  readonly lower?: number;
  readonly unnecessary?: boolean;
}

/** A condition, and what becomes of the query that it is put on. */
export interface LookupUse {
  readonly lookup: Lookup;
  readonly at: Location;
  readonly query: Query;
  /** The queries as they are sent in the end, with the conditions that came later. */
  readonly runs: readonly Query[];
  /** Those of them that give rows, or are a part of others that do. */
  readonly reads: readonly Query[];
  /** All of them take rows out of the table. */
  readonly onlyDeletes?: true;
  readonly by: EntryPoint;
  /** In a method that nothing calls. */
  readonly isUncalled?: true;
}

/** How the project uses one entity, gathered over all files. */
export interface EntityUsage {
  /** The conditions on its columns. */
  readonly lookups: readonly LookupUse[];
  readonly orderings: readonly { readonly query: Query; readonly at: Location }[];
  /** Rows that a caller handed to the function that saves them, and whether that caller had just inserted them. */
  readonly saves: readonly { readonly at: Location; readonly isNew: boolean }[];
  /** Where code of the application puts rows into its table, and who has it do so; "unknown": it may only change rows that are there, or somebody runs it by hand. Seeds, migrations and tests do not count. */
  readonly inserts: readonly { readonly at: Location; readonly by: "anyone" | "administrators" | "unknown" | "nobody" }[];
  /** Where a helper loads rows for a caller that was seen, and whether that caller keeps them: it may only count, search or pick among them. */
  readonly lists: readonly { readonly at: Location; readonly isKept: boolean }[];
  /** Of "": the application puts rows into some table or other, where that can be seen. */
  readonly addsRows: boolean;
  /** Paths from its rows that some query loads early, with whatever lies on the way: `items`, `items__product`. */
  readonly loads: ReadonlySet<string>;
  /** Where its relations are loaded with rows of it (`isOfAll`: with all of them), or read one by one (without `load`): the path, and who runs that. */
  readonly loaded: readonly { readonly path: string; readonly at: Location; readonly load?: Load; readonly by: EntryPoint; readonly isOfAll?: true; readonly isUncalled?: true }[];
  /** Where rows are taken out of its table, and whether only to keep the house (`isUpkeep`), or in a function that nothing calls. */
  readonly deletes: readonly { readonly at: Location; readonly by: EntryPoint; readonly isUpkeep?: true; readonly isUncalled?: true }[];
  /** Something asks for its rows, writes or loads them. */
  readonly isUsed: boolean;
  /** Some query on it could not be read whole, or left what can be seen. */
  readonly uncertain: boolean;
}

export interface RuleContext<Messages extends Record<string, Message>> {
  readonly project: ProjectModel;
  /** Everything that is known of a query object within the function being checked: runs and escapes of it, in order. Derived queries are not included. */
  uses(query: Query): readonly (QueryRun | QueryEscapes)[];
  /** How the whole project uses an entity; "": what it does with rows of which the entity is not known. */
  usage(entity: string): EntityUsage;
  /** How code of this ORM is changed: `rewriter(query.orm)`. */
  rewriter(orm: string): QueryRewriter;
  /** What users of this ORM call things: `vocabulary(query.orm)`; plain words where it is not known. */
  vocabulary(orm: string | undefined): Vocabulary;
  report<Key extends keyof Messages & string>(key: Key, report: Report<Messages[Key]>): void;
}

export type Checks<Messages extends Record<string, Message>> = {
  readonly [K in DataAccessEvent["kind"]]?: (event: EventOf<K>, context: RuleContext<Messages>) => void;
} & {
  /** Once per entity declared in the file being checked. */
  readonly entity?: (entity: Entity, context: RuleContext<Messages>) => void;
  /** Once per application, at the check of the settings that it is deployed with. */
  readonly deployment?: (deployment: Deployment, context: RuleContext<Messages>) => void;
};

export interface RuleDefinition<Messages extends Record<string, Message>> {
  readonly id: string;
  /** One line, for the catalogue. */
  readonly summary: string;
  readonly impact: Impact;
  /** Rules that say the same of a place in other words; of one place the most certain finding of a family speaks. */
  readonly family?: string;
  /** What is known to be of another framework is not reported. */
  readonly frameworks: readonly Framework[];
  /** False: reported only when switched on. */
  readonly enabledByDefault?: boolean;
  /** Also reported for tasks and management commands (N+1 and memory rules are; others are not). Default true. */
  readonly outsideRequests?: boolean;
  /** Speaks of the newest migration of each app, which may not have run yet; nothing else is reported in migrations. */
  readonly inMigrations?: boolean;
  /** What it finds is sent in every round of a loop: its findings say what the whole function comes to. */
  readonly repeats?: boolean;
  readonly messages: Messages;
  readonly check: Checks<Messages>;
}

/** A rule whose message types no longer matter, as the engine keeps it. */
export type Rule = RuleDefinition<Record<string, Message>>;

/** Declares a rule. A misspelt message key or a missing placeholder does not compile. */
export function defineRule<const Messages extends Record<string, Message>>(definition: RuleDefinition<Messages>): Rule {
  return definition as unknown as Rule;
}
