import type { ProjectModel } from "../../../project";
import type { QueryRewriter } from "../../../rule";
import { awaitInstead } from "./asynchronous";
import { lookUpChoices } from "./choices";
import { updateTogether, deleteTogether } from "./changes";
import { addBackReference, addColumns } from "./columns";
import { loadWith } from "./eager-loading";
import { countInDatabase, deferColumns, existsInDatabase, existsInsteadOfCount, limit, orderByKey, passQuery, stream } from "./evaluation";
import { filterInDatabase } from "./filtering";
import { dropLoad } from "./load-removal";
import { countDistinct } from "./aggregates";
import { aggregateInDatabase } from "./folding";
import { addIndex, removeIndex, replaceIndex } from "./indexes";
import { changeLookup, readKeyColumn } from "./keys";
import { containsInDatabase } from "./membership";
import { fetchInBulk, hoist } from "./loops";
import { limitPageSize, pageByKey, paginate, paginateView } from "./pagination";
import { prefetchFiltered } from "./prefetch";
import { cachePage } from "./page-cache";
import { addIndexConcurrently, buildConcurrently } from "./migrations";
import { removeQuery } from "./removal";
import { openTransactionOnce } from "./transactions";
import { changeSettings, changeValue, logSlowQueries, setServerOption } from "./settings";
import { incrementInDatabase, insertTogether } from "./writes";

/**
 * How Django code is changed. Fixes that have to see the statements around a place need the project: given here once, or to the
 * functions that take it; without it they offer nothing.
 */
export function createDjangoRewriter(project?: ProjectModel): QueryRewriter {
  return {
    loadWith,
    // `select_related` joins what there is one of, `prefetch_related` asks by itself.
    loadSeparately: () => undefined,
    dropLoad,
    readKeyColumn,
    prefetchFiltered,
    addColumns,
    addBackReference,
    deferColumns,
    hoist: (run, loop, known) => hoist(run, loop, known ?? project),
    fetchInBulk,
    insertTogether: (write, loop, known) => insertTogether(write, loop, known ?? project),
    updateTogether: (write, loop, known) => updateTogether(write, loop, known ?? project),
    deleteTogether: (write, loop, known) => deleteTogether(write, loop, known ?? project),
    openTransactionOnce,
    awaitInstead,
    cachePage,
    limit: (query, rows, expression, known) => limit(query, rows, expression, known ?? project),
    limitLoad: () => undefined,
    paginate: (query, expression, known) => paginate(query, expression, known ?? project),
    stream,
    pageByKey,
    limitPageSize,
    paginateView: (view, known) => paginateView(view, known ?? project),
    orderByKey: (query, known) => orderByKey(query, known ?? project),
    countInDatabase,
    existsInDatabase,
    containsInDatabase,
    existsInsteadOfCount,
    aggregateInDatabase: (event, known) => aggregateInDatabase(event, known ?? project),
    filterInDatabase: (event, known) => filterInDatabase(event, known ?? project),
    countDistinct,
    removeQuery,
    passQuery: (materialised, query, known) => passQuery(materialised, query, known ?? project),
    // Settings are switched by `changeSettings`.
    switchOff: () => undefined,
    incrementInDatabase: (write, known) => incrementInDatabase(write, known ?? project),
    addIndex: (entity, index, title, known) => addIndex(entity, index, title, known ?? project),
    addIndexConcurrently,
    buildConcurrently,
    removeIndex,
    replaceIndex: (entity, index, by, title, known) => replaceIndex(entity, index, by, title, known ?? project),
    lookUpChoices,
    changeLookup,
    changeSettings,
    changeValue,
    setServerOption,
    logSlowQueries,
  };
}
