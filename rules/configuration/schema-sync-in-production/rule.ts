import { defineRule } from "#engine";
import { offered } from "../../shared/queries";

/** Whenever the application starts, its code decides what the tables look like. */
export default defineRule({
  id: "schema-sync-in-production",
  summary: "The schema is changed whenever the application starts",
  impact: "high",
  frameworks: ["typeorm", "sequelize", "mikroorm"],
  outsideRequests: false,
  messages: {
    always: {
      what: "`{name}` changes the tables to fit the code whenever it starts",
      why: "a renamed column is dropped with all that is in it, and a table that is altered is locked for as long as it is large",
      instead: "switch it off where it is deployed, and use migrations",
    },
    dropped: {
      what: "`{name}` drops the tables and makes them anew whenever it starts",
      why: "after a restart every row is gone",
      instead: "switch it off where it is deployed, and use migrations",
    },
  },
  check: {
    clientCreated(client, { project, rewriter, report }) {
      const { changesSchema, frames: [root] } = client;
      // What only tests call is no start of the application, what is done in development alone no deployed one.
      if (!changesSchema?.always || client.arms?.some(({ isRare }) => isRare) || (root.function !== undefined && project.isUncalled(root.function.key))) return;
      report(changesSchema.drops ? "dropped" : "always", {
        at: changesSchema.at,
        values: { name: client.name },
        fixes: offered(rewriter(client.orm).switchOff(changesSchema.at, "Switch it off")),
        hint: changesSchema.drops ? "drops tables" : "alters tables",
        // A file of one's own is mostly a demonstration's.
        lower: client.engine === "sqlite" ? 2 : 0,
      });
    },
  },
});
