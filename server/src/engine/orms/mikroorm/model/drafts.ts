import type { ColumnContent } from "../../../project";
import type * as script from "../../script/decorated-entities";
import type { Strategy } from "./loading";

/** A property that is a column; hidden are those with `lazy: true`. */
export interface ColumnDraft extends script.ColumnDraft {
  readonly holds: ColumnContent;
  readonly index: boolean;
}

export interface RelationDraft extends script.RelationDraft {
  readonly columnName?: string;
  readonly unique: boolean;
  /** How it is loaded, whatever the find says. */
  readonly strategy?: Strategy | "unknown";
  /** `index: true` or `false`, where it is said. */
  readonly index?: boolean;
}

export interface IndexDraft extends script.IndexDraft {
  readonly onProperty: boolean;
}

/** What the declarations of one class, `EntitySchema` or `defineEntity` say. */
export interface EntityDraft extends script.EntityDraft {
  readonly isView: boolean;
  /** The table's name, where it is written. */
  readonly table?: string;
  readonly columns: Map<string, ColumnDraft>;
  readonly relations: Map<string, RelationDraft>;
  readonly indexes: IndexDraft[];
  /** Hooks that run for each row: `@BeforeCreate()`. */
  readonly hooks: Set<string>;
}
