import type { QueryRewriter } from "../../../rule";
import { emptyRewriter } from "../../script/rewriter";
import { addIndex, removeIndex, replaceIndex } from "./indexes";
import { limitNumber } from "../../script/page-size";
import { removeStatement } from "../../script/sent-once";
import { deleteTogether, fetchInBulk, hoist, insertTogether, updateTogether } from "./loops";
import { deferColumns, existsInsteadOfCount, firstOnly, limit, limitLoad, orderByKey } from "./rows";

/** How code that uses Drizzle is changed. */
export function createDrizzleRewriter(): QueryRewriter {
  return {
    ...emptyRewriter(),
    addIndex,
    removeIndex: (entity, index, title, project) => removeIndex(entity, index, title, project),
    replaceIndex: (entity, index, by, title, project) => replaceIndex(entity, index, by, title, project),
    limit: (query, rows, _expression, project) => limit(query, rows, project),
    limitLoad,
    orderByKey: (query, project) => orderByKey(query, project),
    deferColumns: (query, columns) => deferColumns(query, columns),
    fetchInBulk,
    hoist: (run, loop, project) => hoist(run, loop, project),
    removeQuery: (run) => removeStatement(run.at.uri, run.dropped, run.expression),
    limitPageSize: (event) => limitNumber(event),
    aggregateInDatabase: (event) => firstOnly(event),
    existsInsteadOfCount: (run, project) => existsInsteadOfCount(run, project),
    insertTogether: (write, loop, project) => insertTogether(write, loop, project),
    updateTogether: (write, loop, project) => updateTogether(write, loop, project),
    deleteTogether: (write, loop, project) => deleteTogether(write, loop, project),
  };
}
