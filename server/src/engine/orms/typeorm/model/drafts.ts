import type * as script from "../../script/decorated-entities";

/** A property that is a column, before names are resolved; hidden are those with `select: false`. */
export type ColumnDraft = script.ColumnDraft;

/** A property that is a relation; `onDelete` is in capitals. */
export interface RelationDraft extends script.RelationDraft {
  /** Names of its columns, where `@JoinColumn` says them. */
  readonly joinColumns: readonly string[];
  readonly lazy: boolean;
  readonly hasConstraint: boolean;
}

export interface IndexDraft extends script.IndexDraft {
  readonly partial: boolean;
  readonly source: "meta-index" | "constraint";
}

/** What the declarations of one class, or one `EntitySchema`, say. */
export interface EntityDraft extends script.EntityDraft {
  readonly form: "table" | "view" | "base";
  /** The table's name, where it is written. */
  readonly table?: string;
  /** `@ChildEntity()`: its rows are in the table of a base. */
  readonly sharesTable?: boolean;
  readonly relations: Map<string, RelationDraft>;
  readonly indexes: IndexDraft[];
  /** Properties by hand: `@Entity({ orderBy: { createdAt: "DESC" } })`. */
  ordering: readonly string[];
  /** Columns that a decorator of the project's own, or another entity of the same table, may have given an index. */
  readonly unread: Set<string>;
}
