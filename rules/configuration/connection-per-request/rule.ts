import { type ClientCreated, defineRule, type ProjectModel } from "#engine";
import { nodesIn } from "../../shared/loops-syntax";

/** A client that a request makes for itself opens connections of its own, which the next request cannot use. */
export default defineRule({
  id: "connection-per-request",
  summary: "A database client made for every request",
  impact: "high",
  frameworks: ["prisma", "typeorm", "sequelize", "drizzle", "knex", "kysely"],
  outsideRequests: false,
  messages: {
    perCall: {
      what: "a `{name}` is made for every request",
      why: "each opens connections of its own, which costs several round trips and goes on until the database refuses more",
      instead: "make one when the module is loaded, and use it for all requests",
    },
  },
  check: {
    clientCreated(client, { project, report }) {
      // Of a function that no request is known to reach, nobody knows how often it runs: a script's `main()`, a probe at the start, a fixture.
      if (client.lives !== "call" || client.entry === "unknown" || isOfGivenDatabase(client, project)) return;
      report("perCall", {
        at: client.at,
        values: { name: client.name },
        hint: "a connection per request",
        // Opening a file is cheap; what is prepared for it is thrown away all the same.
        lower: client.engine === "sqlite" ? 1 : 0,
      });
    },
  },
});

/** Its options rest on what the function was given: the database of a customer, or one that was made just now, of which a module could not have a client. */
function isOfGivenDatabase({ expression, frames }: ClientCreated, project: ProjectModel): boolean {
  const fn = frames.at(-1)?.function;
  if (!fn) return false;
  const names = new Set(fn.declaration.parameters.flatMap(({ name, pattern }) => (pattern ? nodesIn(pattern) : []).flatMap((node) => (node.kind === "name" ? [node.name] : [])).concat(name)));
  const speaksOf = (value: unknown): boolean => nodesIn(value).some((node) => node.kind === "name" && names.has(node.name));
  for (const node of nodesIn(project.files.get(fn.uri)?.bodies[fn.declaration.id])) {
    if (node.kind === "assign" && speaksOf(node.value)) for (const target of node.targets) if (target.kind === "name") names.add(target.name);
  }
  return speaksOf(expression.arguments.map(({ value }) => value));
}
