import type { QueryRewriter } from "../../../rule";
import { addDecoratedIndex, removeDecoratedIndex, type IndexDecorator } from "../../script/decorated-indexes";
import { emptyRewriter } from "../../script/rewriter";
import { removeQuery } from "../../script/sent-once";
import { loadSeparately, loadWith } from "./loading";
import { deleteTogether, fetchInBulk, hoist, incrementInDatabase, insertTogether, updateTogether } from "./loops";
import { aggregateInDatabase, countInDatabase, existsInsteadOfCount, filterInDatabase, limit, limitPageSize, orderByKey } from "./rows";

const INDEX: IndexDecorator = { module: "typeorm", arguments: (columns) => `[${columns.join(", ")}]` };

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
    countInDatabase,
    filterInDatabase,
    aggregateInDatabase,
    removeQuery,
    addIndex: (entity, wanted, title, project) => addDecoratedIndex(INDEX, entity, wanted, title, project),
    removeIndex: removeDecoratedIndex,
  };
}
