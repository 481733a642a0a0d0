import type { Expression } from "../../../facts";
import type { ClassRef, ColumnContent } from "../../../project";
import type { Location } from "../../../source";

/** A property that is a column, as it is declared. */
export interface ColumnDraft {
  readonly name: string;
  /** Its name in the table, where the declaration says it. */
  readonly columnName?: string;
  readonly type: string;
  readonly holds: ColumnContent;
  readonly nullable: boolean;
  readonly unique: boolean;
  readonly index: boolean;
  readonly primary: boolean;
  readonly choices?: number;
  readonly hasChoices: boolean;
  readonly maxLength?: number;
  /** `lazy: true`: loaded only when asked for. */
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
  readonly isOwner: boolean;
  readonly columnName?: string;
  readonly nullable: boolean;
  readonly primary: boolean;
  readonly eager: boolean;
  readonly unique: boolean;
  /** `index: true` or `false`, where it is said. */
  readonly index?: boolean;
  readonly onDelete?: string;
  readonly declaredAt: Location;
  readonly call?: { readonly uri: string; readonly expression: Expression };
}

export interface IndexDraft {
  readonly name?: string;
  readonly columns: readonly string[] | undefined;
  readonly unique: boolean;
  readonly isPlain: boolean;
  readonly onProperty: boolean;
  readonly declaredAt: Location;
  readonly declaration?: { readonly uri: string; readonly expression: Expression };
}

/** What the declarations of one class, `EntitySchema` or `defineEntity` say. */
export interface EntityDraft {
  readonly key: string;
  readonly name: string;
  readonly ref?: ClassRef;
  readonly declaredAt: Location;
  readonly isView: boolean;
  readonly columns: Map<string, ColumnDraft>;
  readonly relations: Map<string, RelationDraft>;
  readonly indexes: IndexDraft[];
  /** Hooks that run for each row: `@BeforeCreate()`. */
  readonly hooks: Set<string>;
  incomplete: boolean;
}
