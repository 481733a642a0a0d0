import type { DataAccessEvent } from "../flow";
import { isRouteForAdministrators, liesWithAdministrators, type ProjectModel } from "../project";

export { liesWithAdministrators };

/** Whether only administrators run what an event tells of: the framework says so, its code lies with theirs, or all addresses that lead to it are theirs. */
export function isForAdministrators({ entry, frames }: DataAccessEvent, project?: ProjectModel): boolean {
  if (entry === "admin" || frames[0]?.forAdministrators || frames.some(({ uri }) => liesWithAdministrators(uri))) return true;
  const root = frames[0]?.function;
  const routes = root && project ? project.routesOf(root.key) : [];
  return routes.length > 0 && routes.every(isRouteForAdministrators);
}
