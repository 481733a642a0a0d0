import type { Entity } from "../../../project";

/** The name under which an entity keeps the expression that holds the options of its model: the object, or the call or decorator that may take one. */
export const OPTIONS = "(options)";

/** A method that an association gives its rows: `getItems`, `countItems`. */
export interface Accessor {
  readonly relation: string;
  readonly does: "get" | "set" | "create" | "add" | "remove" | "has" | "count";
}

/** What is known of a model besides its table; no places in it. */
export interface ModelDetails {
  /** By the name of the method. */
  readonly accessors: Readonly<Record<string, Accessor>>;
  /** Hooks that run for single rows. */
  readonly hooks: readonly string[];
  /** Properties of the class that hold an association. */
  readonly assigned: Readonly<Record<string, string>>;
  /** `destroy` only sets a time. */
  readonly paranoid: boolean;
  /** Its name to Sequelize: that of `sequelize.models`. */
  readonly model: string;
  /** Its primary key, when that is one column. */
  readonly key?: string;
}

/** The details of an entity of this framework. */
export function detailsOf(entity: Entity): ModelDetails | undefined {
  return entity.framework === "sequelize" ? (entity.details as ModelDetails | undefined) : undefined;
}
