import type { Expression } from "../../../facts";
import type { ClassRef } from "../../../project";
import type { Location } from "../../../source";

/** A column as it is declared, before names are resolved. */
export interface ColumnDraft {
  /** The property, `name.first` for one of an embedded class. */
  readonly name: string;
  /** Its name in the table, where the declaration says it. */
  readonly columnName?: string;
  /** The column's type as TypeORM writes it: `varchar`, `timestamp`; "unknown" where nothing says it. */
  readonly type: string;
  readonly nullable: boolean;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly hasChoices: boolean;
  readonly choices?: number;
  readonly maxLength?: number;
  /** `select: false`: loaded only when asked for. */
  readonly isHidden: boolean;
  readonly declaredAt: Location;
  readonly call?: { readonly uri: string; readonly expression: Expression };
}

export type RelationKind = "many-to-one" | "one-to-many" | "one-to-one" | "many-to-many";

export interface RelationDraft {
  readonly name: string;
  readonly kind: RelationKind;
  /** A class, or the name that an entity is registered by. */
  readonly target?: ClassRef | string;
  readonly inverse?: string;
  /** It has the foreign key, or the table between. */
  readonly isOwner: boolean;
  /** Names of its columns, where `@JoinColumn` says them. */
  readonly joinColumns: readonly string[];
  readonly nullable: boolean;
  readonly primary: boolean;
  readonly eager: boolean;
  readonly lazy: boolean;
  /** `onDelete` in capitals. */
  readonly onDelete?: string;
  readonly hasConstraint: boolean;
  readonly declaredAt: Location;
  readonly call?: { readonly uri: string; readonly expression: Expression };
}

export interface IndexDraft {
  readonly name?: string;
  /** Properties, or undefined when they cannot be read. */
  readonly columns: readonly string[] | undefined;
  readonly unique: boolean;
  readonly partial: boolean;
  readonly isPlain: boolean;
  readonly source: "meta-index" | "constraint";
  readonly declaredAt: Location;
  readonly declaration?: { readonly uri: string; readonly expression: Expression };
}

/** What the declarations of one class, or one `EntitySchema`, say. */
export interface EntityDraft {
  readonly key: string;
  /** What strings call it. */
  readonly name: string;
  readonly ref?: ClassRef;
  readonly declaredAt: Location;
  readonly form: "table" | "view" | "base";
  /** `@ChildEntity()`: its rows are in the table of a base. */
  readonly sharesTable?: boolean;
  readonly columns: Map<string, ColumnDraft>;
  readonly relations: Map<string, RelationDraft>;
  readonly indexes: IndexDraft[];
  /** Properties by hand: `@Entity({ orderBy: { createdAt: "DESC" } })`. */
  ordering: readonly string[];
  incomplete: boolean;
  /** Columns that a decorator of the project's own, or another entity of the same table, may have given an index. */
  readonly unread: Set<string>;
}
