import type { DataAccessEvent } from "../flow";
import { pathOfUri, type ProjectModel } from "../project";

/**
 * `api/admin/ban/route.ts`, `resolvers/admin/customer.ts`, `admin.service.ts`, `users.admin.ts`; not `tell-admin-of-error.ts`, which anybody may run. `staff` in Python alone,
 * where it is what Django calls them (`User.is_staff`); elsewhere it may be what the application is about.
 */
const THEIR_FILE = /(^|\/)(admin|administration|superadmin|super-admin|backoffice|control-panel)([-_./]|$)|\.admin\.([cm]?[jt]s|[jt]sx|py)$|(^|\/)staff(\/.*)?\.py$/i;
const THEIR_ADDRESS = /\/(admin|superadmin|super-admin|backoffice)(\/|$)/i;

/** Whether a file lies with what administrators use, as its name and the folders around it say. */
export function liesWithAdministrators(uri: string): boolean {
  return THEIR_FILE.test(pathOfUri(uri).split("/").slice(-5).join("/"));
}

/** Whether only administrators run what an event tells of: the framework says so, its code lies with theirs, or all addresses that lead to it are theirs. */
export function isForAdministrators({ entry, frames }: DataAccessEvent, project?: ProjectModel): boolean {
  if (entry === "admin" || frames.some(({ uri }) => liesWithAdministrators(uri))) return true;
  const root = frames[0]?.function;
  const routes = root && project ? project.routesOf(root.key) : [];
  return routes.length > 0 && routes.every(({ path }) => THEIR_ADDRESS.test(path));
}
