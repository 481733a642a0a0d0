import type { QueryRewriter } from "../../../rule";
import { emptyRewriter } from "../../script/rewriter";
import { addIndex, removeIndex, replaceIndex } from "./indexes";
import { deleteTogether, fetchInBulk, hoist, insertTogether, updateTogether } from "./loops";
import { countInDatabase, deferColumns, existsInsteadOfCount, filterInDatabase, incrementInDatabase, limit, limitPageSize, removeQuery } from "./rows";

/** How code that uses Prisma, and its schemas, are changed. */
export function createPrismaRewriter(): QueryRewriter {
  return {
    ...emptyRewriter(),
    fetchInBulk,
    hoist: (run, loop, project) => hoist(run, loop, project),
    insertTogether: (write, loop, project) => insertTogether(write, loop, project),
    updateTogether: (write, loop, project) => updateTogether(write, loop, project),
    deleteTogether: (write, loop, project) => deleteTogether(write, loop, project),
    limit: (query, rows, _at, project) => limit(query, rows, project),
    limitPageSize,
    countInDatabase,
    filterInDatabase,
    existsInsteadOfCount: (run, project) => existsInsteadOfCount(run, project),
    incrementInDatabase: (write) => incrementInDatabase(write),
    removeQuery,
    deferColumns: (query, columns) => deferColumns(query, columns),
    addIndex: (entity, index, title, project) => addIndex(entity, index, title, project),
    removeIndex: (entity, index, title, project) => removeIndex(entity, index, title, project),
    replaceIndex: (entity, index, by, title, project) => replaceIndex(entity, index, by, title, project),
  };
}
