import type { DataAccessEvent } from "../flow";
import { pathOfUri, type ProjectModel } from "../project";

/** `routes/admin/users.ts`, `server-only/admin/delete-user.ts`, `admin.service.ts` */
const THEIR_FILE = /(^|[-_./])(admin|administration|superadmin|super-admin|backoffice)([-_./]|$)/i;
const THEIR_ADDRESS = /\/(admin|superadmin|super-admin|backoffice)(\/|$)/i;

/** Whether only administrators run what an event tells of: the framework says so, its code lies with theirs, or all addresses that lead to it are theirs. */
export function isForAdministrators({ entry, frames }: DataAccessEvent, project?: ProjectModel): boolean {
  if (entry === "admin" || frames.some(({ uri }) => THEIR_FILE.test(pathOfUri(uri).split("/").slice(-4).join("/")))) return true;
  const root = frames[0]?.function;
  const routes = root && project ? project.routesOf(root.key) : [];
  return routes.length > 0 && routes.every(({ path }) => THEIR_ADDRESS.test(path));
}
