import type { QueryRewriter } from "../../../rule";
import { emptyRewriter } from "../../script/rewriter";
import { addIndex, removeIndex } from "./indexes";
import { loadSeparately, loadWith } from "./loading";
import { deleteTogether, fetchInBulk, hoist, incrementInDatabase, insertTogether, updateTogether } from "./loops";
import { existsInsteadOfCount, firstOnly, limit, limitPageSize, orderByKey, removeQuery } from "./rows";

/** How code that uses TypeORM is changed. */
export function createTypeormRewriter(): QueryRewriter {
  return {
    ...emptyRewriter(),
    loadWith,
    loadSeparately,
    hoist,
    fetchInBulk,
    insertTogether,
    updateTogether,
    deleteTogether,
    incrementInDatabase,
    limit,
    limitPageSize,
    orderByKey,
    existsInsteadOfCount,
    aggregateInDatabase: firstOnly,
    removeQuery,
    addIndex,
    removeIndex,
  };
}
