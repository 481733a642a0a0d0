import { allFacts, allLibraries, shown, versionOf, type Fact } from "./facts";

/** The libraries of the page, in its order. */
export const LIBRARIES = ["Prisma", "TypeORM", "Sequelize", "Drizzle", "MikroORM", "Knex", "Kysely", "PostgreSQL", "SQLite"];

/** `docs/library-facts.md`: every fact that was proved, and which rules rest on it. */
export function factsPage(): string {
  const libraries = allLibraries().filter(({ name }) => LIBRARIES.includes(name)).sort((a, b) => LIBRARIES.indexOf(a.name) - LIBRARIES.indexOf(b.name));
  const contradictions = allFacts().filter(({ contradicts }) => contradicts);
  return [
    "# What the libraries do",
    "",
    "Every fact about an ORM that a rule rests on, as it was measured on the real library: statements are counted where they reach the database.",
    "`npm run prove` measures all of it again (`test/proof`) and fails when this page is not what was measured; `npm run prove -- --write` writes it.",
    "A code (`PR-N1`) names the shape of code that the fact belongs to.",
    "",
    "| Library | Measured on |",
    "|---|---|",
    ...libraries.map(({ name, packages }) => `| ${name} | ${packages.map((each) => `${each} ${versionOf(each)}`).join(", ")} |`),
    "",
    "PostgreSQL is PGlite (`C` collation), reached through each library's own driver. SQLite is libsql, which has the interface of better-sqlite3.",
    "",
    "## Where a library does something else than was believed",
    "",
    ...(contradictions.length > 0 ? table(["Code", "Believed", "Measured", "Rules"], contradictions.map((fact) => [fact.code, fact.contradicts!, `${fact.says}: ${measured(fact)} (${[...new Set([fact.library, fact.on])].join(" on ")})`, rules(fact)])) : ["Nowhere."]),
    ...libraries.flatMap(({ name }) => ["", `## ${name}`, "", ...table(["Code", "Fact", "Measured", "On", "Rules"], allFacts().filter(({ library }) => library === name).map((fact) => [fact.code, fact.says, measured(fact), fact.on === "none" ? "–" : fact.on, rules(fact)]))]),
    "",
  ].join("\n");
}

function measured({ measured: value, counts }: Fact): string {
  if (counts) return `${shown(value)} statement${value === 1 ? "" : "s"}`;
  return typeof value === "string" && /[^A-Z0-9, ]/.test(value) ? `\`${value.replaceAll("`", "'")}\`` : compact(shown(value));
}

/** `SELECT, SELECT, SELECT` is `3 × SELECT`. */
function compact(verbs: string): string {
  return verbs.replace(/\b([A-Z]+)(?:, \1\b)+/g, (run, verb: string) => `${run.split(", ").length} × ${verb}`);
}

function rules(fact: Fact): string {
  return fact.rules.map((id) => `\`${id}\``).join(", ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`);
}
