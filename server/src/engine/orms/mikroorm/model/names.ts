import type { Symbol } from "../../../project";

/** The id of the framework, and of its queries. */
export const ORM = "mikroorm";

/** The export of MikroORM's packages that an external name stands for: `@mikro-orm/core.Entity`, `@mikro-orm/decorators/legacy.Property`, `@mikro-orm/postgresql.EntityManager`. */
export function mikroName(name: string): string | undefined {
  return /^@mikro-orm\//.test(name) ? name.slice(name.lastIndexOf(".") + 1) : undefined;
}

export function mikroExport(symbol: Symbol | undefined): string | undefined {
  return symbol?.kind === "external" ? mikroName(symbol.name) : undefined;
}
