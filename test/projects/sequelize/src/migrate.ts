import { sequelize } from "./models";

/** What `sync` does for the models as they are now. */
export async function migrate() {
  const sent: string[] = [];
  await sequelize.sync({ logging: (sql) => sent.push(sql) });
  return sent.filter((sql) => /CREATE/.test(sql));
}
