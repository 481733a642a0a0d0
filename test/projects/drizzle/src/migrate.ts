import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import { sql } from "drizzle-orm";
import { db } from "./db";
import * as schema from "./schema";

/** What `drizzle-kit generate` writes for the schema as it is now, after what it was before. */
export async function migrate(before: typeof schema | undefined) {
  const current = generateDrizzleJson(schema);
  const statements = await generateMigration((before as never) ?? generateDrizzleJson({}), current);
  for (const statement of statements) await db.execute(sql.raw(statement));
  return { statements, current };
}
