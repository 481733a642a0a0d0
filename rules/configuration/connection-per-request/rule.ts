import { defineRule } from "#engine";

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
    clientCreated(client, { report }) {
      // Of a function that no request is known to reach, nobody knows how often it runs: a script's `main()`, a probe at the start, a fixture.
      if (client.lives !== "call" || client.entry === "unknown") return;
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
