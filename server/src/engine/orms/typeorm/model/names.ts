import type { Symbol } from "../../../project";

/** The export of TypeORM, or of its NestJS module, that an external name stands for: `typeorm.Entity`, `@nestjs/typeorm/dist/common/typeorm.decorators.InjectDataSource`. */
export function typeormName(name: string): string | undefined {
  return /^(typeorm|@nestjs\/typeorm)[./]/.test(name) ? name.slice(name.lastIndexOf(".") + 1) : undefined;
}

export function typeormExport(symbol: Symbol | undefined): string | undefined {
  return symbol?.kind === "external" ? typeormName(symbol.name) : undefined;
}
