import type { DataAccessEvent } from "../flow";

/** `api/cron/domains/route.ts`, `cron.controller.ts` */
const SCHEDULED = /(^|\/)((cron|crons|cronjobs)\/|cron\.controller\.)/i;
/** `house-keeping/route.ts`, `cleanup.ts` */
const UPKEEP = /(^|\/)(house-?keeping|clean-?up|maintenance|garbage-?collect(or|ion)?)([-_./]|$)/i;
const UPKEEP_NAME = /^(clean_?up|purge|prune|sweep|reap|house_?keep|garbage)|^_?(delete|remove|clear|drop)_?(all_?)?(old|stale|expired|orphan|unused|abandoned|dangling|inactive)/i;

/** Called by a clock: nobody waits for the answer. */
export function isByClock({ frames }: Pick<DataAccessEvent, "frames">): boolean {
  return frames.some(({ uri }) => SCHEDULED.test(lastParts(uri)));
}

/** Done to keep the house: by a clock, by code that is named for cleaning up, or to take back what went wrong. */
export function isUpkeep(event: Pick<DataAccessEvent, "frames" | "onFailure">): boolean {
  return event.onFailure === true || isByClock(event) || event.frames.some(({ uri, function: fn }) => UPKEEP.test(lastParts(uri)) || (fn !== undefined && UPKEEP_NAME.test(fn.declaration.name)));
}

function lastParts(uri: string): string {
  return uri.split("/").slice(-5).join("/");
}
