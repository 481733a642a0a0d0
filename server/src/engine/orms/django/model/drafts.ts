import type { ClassDeclaration, Expression } from "../../../facts";
import type { ClassRef, DatabaseIndex, Manager, Relation } from "../../../project";
import type { Location } from "../../../source";
import type { FieldType } from "./field-types";

/** A relation's target as written; resolved against the model that has the field. */
export type Target =
  /** `"app.Model"`, `"Model"`, `"self"` */
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "class"; readonly class: ClassRef }
  | { readonly kind: "external"; readonly name: string }
  /** `settings.AUTH_USER_MODEL`, `get_user_model()` */
  | { readonly kind: "user" };

/** A field as declared, before anything is known of other models. Shared by all models that inherit it from an abstract one. */
export interface FieldDraft {
  readonly name: string;
  readonly type: FieldType;
  readonly column?: string;
  readonly nullable: boolean;
  readonly unique: boolean;
  readonly primaryKey: boolean;
  /** `db_index` as given. */
  readonly dbIndex?: boolean;
  readonly choices?: number;
  readonly hasChoices: boolean;
  readonly maxLength?: number;
  readonly declaredAt?: Location;
  readonly call?: { readonly uri: string; readonly expression: Expression };
  readonly target?: Target;
  readonly relatedName?: string;
  /** A name for the way back is given, but cannot be read. */
  readonly hasUnreadableNames?: boolean;
  readonly relatedQueryName?: string;
  readonly through?: Target;
  readonly throughFields?: readonly string[];
  readonly symmetrical?: boolean;
  readonly isParentLink?: boolean;
  /** Of generic relations: the names of the two columns behind them. */
  readonly contentTypeField?: string;
  readonly objectIdField?: string;
}

/** A built-in model: what its package's source declares. */
export interface BuiltinModel {
  readonly package: string;
  readonly label: string;
  readonly name: string;
  readonly abstract: boolean;
  /** Names of built-in models of any package that it extends. */
  readonly bases: readonly string[];
  readonly fields: readonly FieldDraft[];
  readonly ordering: readonly string[];
  readonly uniqueTogether: readonly (readonly string[])[];
  readonly managers: readonly Manager[];
  readonly small: boolean;
  /** More fields exist than are listed. */
  readonly incomplete: boolean;
  readonly proxy: boolean;
}

/** A model while it is put together. */
export interface ModelDraft {
  readonly key: string;
  readonly name: string;
  readonly appLabel: string;
  readonly ref?: ClassRef;
  readonly builtin?: BuiltinModel;
  readonly abstract: boolean;
  readonly proxy: boolean;
  readonly meta?: ClassRef;
  /** Nearest first: the models it inherits from, itself first, in method resolution order. */
  readonly lineage: readonly ModelDraft[];
  incomplete: boolean;
  /** Fields of its own table by name; relations without a column included. */
  readonly fields: Map<string, FieldDraft>;
  /** Where the table is: itself, or what a proxy stands for. */
  table: ModelDraft;
  /** Multi-table parents, nearest first. */
  parents: readonly ModelDraft[];
  /** The directly inherited ones. */
  directParents: readonly ModelDraft[];
  primaryKey: string;
  readonly relations: Map<string, Relation>;
  /** Reverse relations by what lookups call them. */
  readonly reverseQueries: Map<string, Relation>;
  readonly indexes: DatabaseIndex[];
  /** Reverse accessors that lead to multi-table children. */
  readonly childLinks: Set<string>;
}

/** A declared `Meta`, for fixes. */
export function metaDeclaration(draft: ModelDraft): ClassDeclaration | undefined {
  return draft.ref?.declaration.classes.find((each) => each.name === "Meta");
}
