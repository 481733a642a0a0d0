import type { Call, ClassDeclaration, Expression } from "../../../facts";
import type { ClassRef, ColumnContent, DatabaseIndex } from "../../../project";
import type { Location } from "../../../source";
import type { AssociationMethod } from "./calls";
import type { Placed } from "./reading";

/** A column as the code declares it. */
export interface AttributeDraft {
  readonly name: string;
  /** The column's name in the database. */
  column: string;
  /** Sequelize's word for its type: `STRING`. */
  readonly type: string;
  readonly holds: ColumnContent;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
  /** `unique: true`; the name of a composite constraint. */
  readonly unique: boolean | string;
  /** Number of values of an ENUM, 0 when they cannot be counted. */
  readonly choices?: number;
  readonly maxLength?: number;
  /** The model or table that `references` names. */
  readonly references?: Placed;
  readonly declaredAt: Location;
  readonly declaration: Placed;
  /** Nothing declares it but an association. */
  readonly isImplied?: boolean;
}

/** An association as the code declares it. */
export interface AssociationDraft {
  readonly method: AssociationMethod;
  /** The model, `this`, a name among `models`. */
  readonly target: ModelDraft;
  /** `as`, or what Sequelize makes of the target's name. */
  readonly as: string;
  /** The word that accessors of one row are made of: `Item` of `addItem`. */
  readonly singular: string;
  readonly foreignKey?: string;
  readonly otherKey?: string;
  readonly through?: ModelDraft | string;
  readonly onDelete?: string;
  readonly constraints: boolean;
  readonly allowNull?: boolean;
  readonly declaredAt: Location;
  readonly declaration: Placed;
}

/** A model while the project is linked. */
export interface ModelDraft {
  readonly key: string;
  readonly name: string;
  readonly uri: string;
  readonly ref?: ClassRef;
  /** The class it is, also of one defined inside a function. */
  readonly declaration?: ClassDeclaration;
  /** `sequelize.define(…)`, `User.init(…)`, `@Table(…)`. */
  readonly call?: Call;
  readonly declaredAt: Location;
  /** Nothing makes it a table: a base of others. */
  readonly abstract: boolean;
  readonly attributes: Map<string, AttributeDraft>;
  /** Where its options are written, for fixes: the object literal, or the call that may take one. */
  readonly optionsAt?: Placed;
  readonly options: Options;
  readonly associations: AssociationDraft[];
  readonly indexes: DatabaseIndex[];
  /** Expressions of its scopes by name, its default scope under "". */
  readonly scopes: Map<string, Placed>;
  /** Names of hooks that run for single rows: `beforeCreate`. */
  readonly hooks: Set<string>;
  /** Properties of the class that hold an association: `User.Posts = User.hasMany(Post)`. */
  readonly assigned: Map<string, string>;
  /** Some part of its declaration could not be read. */
  incomplete: boolean;
  /** A table that nobody declared: that of a `belongsToMany` whose `through` is a name. */
  readonly implicit?: boolean;
}

/** What options say, own and inherited. */
export interface Options {
  readonly tableName?: string;
  readonly freezeTableName: boolean;
  readonly underscored: boolean;
  readonly timestamps: boolean;
  readonly paranoid: boolean;
  readonly singular?: string;
  readonly plural?: string;
}

/** An expression with the names of a place for `declaredAt`. */
export function placeOf(uri: string, node: Pick<Expression, "start" | "end">): Location {
  return { uri, span: { start: node.start, end: node.end } };
}
