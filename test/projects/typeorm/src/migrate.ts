import { dataSource } from "./db";

/** What the schema builder does for the entities as they are now. */
export async function migrate() {
  if (!dataSource.isInitialized) await dataSource.initialize();
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  await dataSource.synchronize();
  return upQueries.map(({ query }) => query);
}
