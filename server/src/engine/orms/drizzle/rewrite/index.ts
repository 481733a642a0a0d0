import type { QueryRewriter } from "../../../rule";
import { emptyRewriter } from "../../script/rewriter";
import { addIndex, removeIndex, replaceIndex } from "./indexes";
import { deleteTogether, fetchInBulk, insertTogether, updateTogether } from "./loops";
import { deferColumns, limit, limitLoad, orderByKey } from "./rows";

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
    insertTogether: (write, loop, project) => insertTogether(write, loop, project),
    updateTogether: (write, loop, project) => updateTogether(write, loop, project),
    deleteTogether: (write, loop, project) => deleteTogether(write, loop, project),
  };
}
