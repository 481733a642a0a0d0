import type { ClassRef, ProjectCore, RelationForm } from "../../project";
import type { Location } from "../../source";
import { returnedBy, settled, textOf, type Scoped } from "./literals";

/** A property that is a column, as decorators or a schema declare it. */
export interface ColumnDraft {
  /** The property, `name.first` for one of an embedded class. */
  readonly name: string;
  /** Its name in the table, where the declaration says it. */
  readonly columnName?: string;
  /** The column's type as the ORM writes it: `varchar`, `timestamp`; "unknown" where nothing says it. */
  readonly type: string;
  readonly nullable: boolean;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly hasChoices: boolean;
  readonly choices?: number;
  readonly maxLength?: number;
  /** Loaded only when asked for. */
  readonly isHidden: boolean;
  readonly declaredAt: Location;
  readonly call?: Scoped;
}

export type RelationKind = "many-to-one" | "one-to-many" | "one-to-one" | "many-to-many";

/** A property that is a relation. */
export interface RelationDraft {
  readonly name: string;
  readonly kind: RelationKind;
  /** A class, or the name that an entity is registered by. */
  readonly target?: ClassRef | string;
  readonly inverse?: string;
  /** It has the foreign key, or the table between. */
  readonly isOwner: boolean;
  readonly nullable: boolean;
  readonly primary: boolean;
  readonly eager: boolean;
  readonly onDelete?: string;
  readonly declaredAt: Location;
  readonly call?: Scoped;
}

export interface IndexDraft {
  readonly name?: string;
  /** Properties, or undefined when they cannot be read. */
  readonly columns: readonly string[] | undefined;
  readonly unique: boolean;
  readonly isPlain: boolean;
  /** Absent where a decorator of the project's own makes it: what that one does cannot be told to the last. */
  readonly declaredAt?: Location;
  readonly declaration?: Scoped;
}

/** What the declarations of one class, or of one schema, say. */
export interface EntityDraft {
  readonly key: string;
  /** What strings call it. */
  readonly name: string;
  readonly ref?: ClassRef;
  readonly declaredAt: Location;
  readonly columns: Map<string, ColumnDraft>;
  readonly relations: Map<string, RelationDraft>;
  readonly indexes: IndexDraft[];
  incomplete: boolean;
}

/** Looks up the entity that a relation leads to. */
export type Find = (target: RelationDraft["target"]) => EntityDraft | undefined;

/** A class by its key, also the one that a schema is made for; a text by the only entity of that name. */
export function finder(drafts: readonly EntityDraft[]): Find {
  const byKey = new Map<string, EntityDraft>();
  const byName = new Map<string, EntityDraft | undefined>();
  for (const draft of drafts) {
    byKey.set(draft.key, draft);
    if (draft.ref) byKey.set(draft.ref.key, draft);
    byName.set(draft.name, byName.has(draft.name) ? undefined : draft);
  }
  return (target) => (target === undefined ? undefined : typeof target === "string" ? (byKey.get(target) ?? byName.get(target)) : byKey.get(target.key));
}

export function hasForeignKey({ kind, isOwner }: RelationDraft): boolean {
  return kind === "many-to-one" || (kind === "one-to-one" && isOwner);
}

export function formOf({ kind, isOwner }: RelationDraft): RelationForm {
  switch (kind) {
    case "many-to-one": return "foreign-key";
    case "one-to-many": return "reverse-foreign-key";
    case "one-to-one": return isOwner ? "one-to-one" : "reverse-one-to-one";
    case "many-to-many": return isOwner ? "many-to-many" : "reverse-many-to-many";
  }
}

/** The way back: as it is said, or as the other side says it. Two sides with a column each, whatever they say, are two relations. */
export function inverseOf(draft: EntityDraft, relation: RelationDraft, target: EntityDraft | undefined, find: Find): { readonly inverse?: string } {
  // The side of many says which key it goes by: another one than this has nothing to do with it.
  const isPair = (back: RelationDraft | undefined): boolean => relation.kind !== "many-to-one" || !(back?.kind === "many-to-one" || (back?.kind === "one-to-many" && back.inverse !== undefined && back.inverse !== relation.name));
  if (relation.inverse !== undefined) return isPair(target?.relations.get(relation.inverse)) ? { inverse: relation.inverse } : {};
  const back = target ? [...target.relations.values()].filter((each) => each.inverse === relation.name && isPair(each) && find(each.target)?.key === draft.key) : [];
  return back.length === 1 ? { inverse: back[0].name } : {};
}

/** `() => User`, `User`, `"User"`. */
export function targetOf(core: ProjectCore, scoped: Scoped): ClassRef | string | undefined {
  const text = textOf(core, scoped);
  if (text !== undefined) return text;
  const found = returnedBy(core, settled(core, scoped)) ?? scoped;
  const inner = textOf(core, found);
  if (inner !== undefined) return inner;
  const symbol = core.resolveExpression(found.uri, found.expression);
  const target = symbol && core.followAliases(symbol);
  if (target?.kind === "class") return target.class;
  // A schema in a name: it goes by the name of that value.
  return target?.kind === "value" ? `${target.uri}#${target.value.name}` : undefined;
}

/** `(user) => user.posts`, `"posts"`: the property on the other side. */
export function propertyNamed(core: ProjectCore, scoped: Scoped | undefined): string | undefined {
  const text = textOf(core, scoped);
  if (text !== undefined || !scoped) return text;
  const found = returnedBy(core, settled(core, scoped));
  return found?.expression.kind === "attribute" ? found.expression.name : undefined;
}
