// Made by `npm run generate`.
import type { Rule } from "#engine";
import batchingDefeated from "./queries-in-loops/batching-defeated/rule";
import commitInLoop from "./queries-in-loops/commit-in-loop/rule";
import constantQueryInLoop from "./queries-in-loops/constant-query-in-loop/rule";
import deferredColumnReadInLoop from "./queries-in-loops/deferred-column-read-in-loop/rule";
import deleteInLoop from "./queries-in-loops/delete-in-loop/rule";
import insertInLoop from "./queries-in-loops/insert-in-loop/rule";
import prefetchBypassed from "./queries-in-loops/prefetch-bypassed/rule";
import prefetchWithoutBackReference from "./queries-in-loops/prefetch-without-back-reference/rule";
import queryInLoop from "./queries-in-loops/query-in-loop/rule";
import relationReadInLoop from "./queries-in-loops/relation-read-in-loop/rule";
import taskPerRow from "./queries-in-loops/task-per-row/rule";
import updateInLoop from "./queries-in-loops/update-in-loop/rule";
import alwaysEagerRelation from "./unbounded-results/always-eager-relation/rule";
import cartesianEagerLoad from "./unbounded-results/cartesian-eager-load/rule";
import deepOffset from "./unbounded-results/deep-offset/rule";
import unboundedChoices from "./unbounded-results/unbounded-choices/rule";
import unboundedNestedInclude from "./unbounded-results/unbounded-nested-include/rule";
import unboundedPageSize from "./unbounded-results/unbounded-page-size/rule";
import unboundedQuery from "./unbounded-results/unbounded-query/rule";
import unorderedPagination from "./unbounded-results/unordered-pagination/rule";
import unpaginatedListView from "./unbounded-results/unpaginated-list-view/rule";
import unusedEagerLoad from "./unbounded-results/unused-eager-load/rule";
import aggregateInCode from "./wrong-place/aggregate-in-code/rule";
import countByLength from "./wrong-place/count-by-length/rule";
import deadQuery from "./wrong-place/dead-query/rule";
import existenceByCount from "./wrong-place/existence-by-count/rule";
import existenceByLoading from "./wrong-place/existence-by-loading/rule";
import filterInCode from "./wrong-place/filter-in-code/rule";
import idsLoadedForIn from "./wrong-place/ids-loaded-for-in/rule";
import inflatedCount from "./wrong-place/inflated-count/rule";
import membershipByLoading from "./wrong-place/membership-by-loading/rule";
import randomOrder from "./wrong-place/random-order/rule";
import repeatedEvaluation from "./wrong-place/repeated-evaluation/rule";
import unusedColumnsLoaded from "./wrong-place/unused-columns-loaded/rule";
import blockingIndexMigration from "./indexes-and-lookups/blocking-index-migration/rule";
import indexNeverUsed from "./indexes-and-lookups/index-never-used/rule";
import lookupDefeatsIndex from "./indexes-and-lookups/lookup-defeats-index/rule";
import missingForeignKeyIndex from "./indexes-and-lookups/missing-foreign-key-index/rule";
import missingIndex from "./indexes-and-lookups/missing-index/rule";
import redundantIndex from "./indexes-and-lookups/redundant-index/rule";
import blockingIoInRequest from "./request-path/blocking-io-in-request/rule";
import ioInTransaction from "./request-path/io-in-transaction/rule";
import lostUpdate from "./request-path/lost-update/rule";
import noOpRateLimit from "./request-path/no-op-rate-limit/rule";
import queryOnEveryRequest from "./request-path/query-on-every-request/rule";
import syncQueryInAsync from "./request-path/sync-query-in-async/rule";
import uncachedHotView from "./request-path/uncached-hot-view/rule";
import unlimitedConnections from "./request-path/unlimited-connections/rule";
import connectionBudgetExceeded from "./configuration/connection-budget-exceeded/rule";
import connectionPerRequest from "./configuration/connection-per-request/rule";
import connectionsNotReused from "./configuration/connections-not-reused/rule";
import databaseSessions from "./configuration/database-sessions/rule";
import debugInProduction from "./configuration/debug-in-production/rule";
import defaultConnectionPool from "./configuration/default-connection-pool/rule";
import eagerTasksInProduction from "./configuration/eager-tasks-in-production/rule";
import fullTraceSampling from "./configuration/full-trace-sampling/rule";
import noDefaultPagination from "./configuration/no-default-pagination/rule";
import noDefaultThrottle from "./configuration/no-default-throttle/rule";
import noSlowQueryLog from "./configuration/no-slow-query-log/rule";
import noStatementTimeout from "./configuration/no-statement-timeout/rule";
import poolMisconfigured from "./configuration/pool-misconfigured/rule";
import processLocalCache from "./configuration/process-local-cache/rule";
import processLocalChannelLayer from "./configuration/process-local-channel-layer/rule";
import schemaSyncInProduction from "./configuration/schema-sync-in-production/rule";
import singleWorkerServer from "./configuration/single-worker-server/rule";
import sqliteInProduction from "./configuration/sqlite-in-production/rule";
import synchronisedWorkerRestarts from "./configuration/synchronised-worker-restarts/rule";
import uncompressedStaticFiles from "./configuration/uncompressed-static-files/rule";

/** All rules, by topic. */
export const rules: readonly Rule[] = [
  batchingDefeated,
  commitInLoop,
  constantQueryInLoop,
  deferredColumnReadInLoop,
  deleteInLoop,
  insertInLoop,
  prefetchBypassed,
  prefetchWithoutBackReference,
  queryInLoop,
  relationReadInLoop,
  taskPerRow,
  updateInLoop,
  alwaysEagerRelation,
  cartesianEagerLoad,
  deepOffset,
  unboundedChoices,
  unboundedNestedInclude,
  unboundedPageSize,
  unboundedQuery,
  unorderedPagination,
  unpaginatedListView,
  unusedEagerLoad,
  aggregateInCode,
  countByLength,
  deadQuery,
  existenceByCount,
  existenceByLoading,
  filterInCode,
  idsLoadedForIn,
  inflatedCount,
  membershipByLoading,
  randomOrder,
  repeatedEvaluation,
  unusedColumnsLoaded,
  blockingIndexMigration,
  indexNeverUsed,
  lookupDefeatsIndex,
  missingForeignKeyIndex,
  missingIndex,
  redundantIndex,
  blockingIoInRequest,
  ioInTransaction,
  lostUpdate,
  noOpRateLimit,
  queryOnEveryRequest,
  syncQueryInAsync,
  uncachedHotView,
  unlimitedConnections,
  connectionBudgetExceeded,
  connectionPerRequest,
  connectionsNotReused,
  databaseSessions,
  debugInProduction,
  defaultConnectionPool,
  eagerTasksInProduction,
  fullTraceSampling,
  noDefaultPagination,
  noDefaultThrottle,
  noSlowQueryLog,
  noStatementTimeout,
  poolMisconfigured,
  processLocalCache,
  processLocalChannelLayer,
  schemaSyncInProduction,
  singleWorkerServer,
  sqliteInProduction,
  synchronisedWorkerRestarts,
  uncompressedStaticFiles,
];

/** The topic of each rule: the folder that it is in. */
export const ruleTopics: Readonly<Record<string, string>> = {
  "batching-defeated": "queries-in-loops",
  "commit-in-loop": "queries-in-loops",
  "constant-query-in-loop": "queries-in-loops",
  "deferred-column-read-in-loop": "queries-in-loops",
  "delete-in-loop": "queries-in-loops",
  "insert-in-loop": "queries-in-loops",
  "prefetch-bypassed": "queries-in-loops",
  "prefetch-without-back-reference": "queries-in-loops",
  "query-in-loop": "queries-in-loops",
  "relation-read-in-loop": "queries-in-loops",
  "task-per-row": "queries-in-loops",
  "update-in-loop": "queries-in-loops",
  "always-eager-relation": "unbounded-results",
  "cartesian-eager-load": "unbounded-results",
  "deep-offset": "unbounded-results",
  "unbounded-choices": "unbounded-results",
  "unbounded-nested-include": "unbounded-results",
  "unbounded-page-size": "unbounded-results",
  "unbounded-query": "unbounded-results",
  "unordered-pagination": "unbounded-results",
  "unpaginated-list-view": "unbounded-results",
  "unused-eager-load": "unbounded-results",
  "aggregate-in-code": "wrong-place",
  "count-by-length": "wrong-place",
  "dead-query": "wrong-place",
  "existence-by-count": "wrong-place",
  "existence-by-loading": "wrong-place",
  "filter-in-code": "wrong-place",
  "ids-loaded-for-in": "wrong-place",
  "inflated-count": "wrong-place",
  "membership-by-loading": "wrong-place",
  "random-order": "wrong-place",
  "repeated-evaluation": "wrong-place",
  "unused-columns-loaded": "wrong-place",
  "blocking-index-migration": "indexes-and-lookups",
  "index-never-used": "indexes-and-lookups",
  "lookup-defeats-index": "indexes-and-lookups",
  "missing-foreign-key-index": "indexes-and-lookups",
  "missing-index": "indexes-and-lookups",
  "redundant-index": "indexes-and-lookups",
  "blocking-io-in-request": "request-path",
  "io-in-transaction": "request-path",
  "lost-update": "request-path",
  "no-op-rate-limit": "request-path",
  "query-on-every-request": "request-path",
  "sync-query-in-async": "request-path",
  "uncached-hot-view": "request-path",
  "unlimited-connections": "request-path",
  "connection-budget-exceeded": "configuration",
  "connection-per-request": "configuration",
  "connections-not-reused": "configuration",
  "database-sessions": "configuration",
  "debug-in-production": "configuration",
  "default-connection-pool": "configuration",
  "eager-tasks-in-production": "configuration",
  "full-trace-sampling": "configuration",
  "no-default-pagination": "configuration",
  "no-default-throttle": "configuration",
  "no-slow-query-log": "configuration",
  "no-statement-timeout": "configuration",
  "pool-misconfigured": "configuration",
  "process-local-cache": "configuration",
  "process-local-channel-layer": "configuration",
  "schema-sync-in-production": "configuration",
  "single-worker-server": "configuration",
  "sqlite-in-production": "configuration",
  "synchronised-worker-restarts": "configuration",
  "uncompressed-static-files": "configuration",
};
