import type { ProjectCore } from "../../project";

const known = new WeakMap<ProjectCore["resources"], RowPolicies>();

interface RowPolicies {
  /** By name, without quotes and schema. */
  readonly tables: ReadonlySet<string>;
  /** What policies compare: `tenant_id`. */
  readonly columns: ReadonlySet<string>;
}

/**
 * The tables whose policies every statement obeys, and the columns that these compare, as far as files of SQL say so: PostgreSQL adds the condition of a policy to each query
 * (*Row Security Policies*). The owner of a table, which is whom applications mostly connect as, is only bound where row level security is forced; so that is what counts.
 */
export function forcedPolicies(core: ProjectCore): RowPolicies {
  let found = known.get(core.resources);
  if (!found) known.set(core.resources, (found = read([...core.resources].flatMap(([uri, text]) => (/\.sql$/i.test(uri) && /\bforce\s+row\s+level\s+security\b/i.test(text) ? [text] : [])), core.resources)));
  return found;
}

function read(texts: readonly string[], resources: ReadonlyMap<string, string>): RowPolicies {
  const tables = new Set<string>();
  const columns = new Set<string>();
  const helpers = new Set<string>();
  for (const text of texts) {
    for (const [, table] of text.matchAll(/\balter\s+table\s+(?:only\s+)?(?:if\s+exists\s+)?(["\w.]+)\s+force\s+row\s+level\s+security\b/gi)) tables.add(lastName(table));
    for (const [, column] of text.matchAll(/\busing\s*\(+\s*"?(\w+)"?\s*(?:::\s*\w+\s*)?=/gi)) columns.add(column);
    // `SELECT platform.enable_tenant_rls('orders')`: a function of the project's own does it.
    for (const [, name, body] of text.matchAll(/\bcreate\s+(?:or\s+replace\s+)?function\s+(["\w.]+)\s*\(([\s\S]*?\blanguage\b)/gi)) if (/force\s+row\s+level\s+security/i.test(body)) helpers.add(lastName(name));
  }
  for (const helper of helpers) {
    for (const [uri, text] of resources) {
      if (!/\.sql$/i.test(uri)) continue;
      for (const [, table] of text.matchAll(new RegExp(`\\b${helper}"?\\s*\\(\\s*'(["\\w.]+)'`, "gi"))) tables.add(lastName(table));
    }
  }
  return { tables, columns };
}

function lastName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).replaceAll('"', "");
}
