import type { Route } from "./model";
import { pathOfUri } from "./modules";

/**
 * `api/admin/ban/route.ts`, `resolvers/admin/customer.ts`, `admin.service.ts`, `users.admin.ts`; not `tell-admin-of-error.ts`, which anybody may run. `staff` in Python alone,
 * where it is what Django calls them (`User.is_staff`); elsewhere it may be what the application is about.
 */
const THEIR_FILE = /(^|\/)(admin(-?(js|bro|panel))?|administration|superadmin|super-admin|backoffice|control-panel)([-_./]|$)|\.admin\.([cm]?[jt]s|[jt]sx|py)$|(^|\/)staff(\/.*)?\.py$/i;
const THEIR_ADDRESS = /[/.](admin|superadmin|super-admin|backoffice)([/.]|$)/i;

/** An application of their own in a monorepo. */
const THEIR_APPLICATION = /(^|\/)(apps|packages|services)\/[^/]*(admin|backoffice)[^/]*\//i;

/** Whether a file lies with what administrators use, as its name and the folders around it say. */
export function liesWithAdministrators(uri: string): boolean {
  const path = pathOfUri(uri);
  return THEIR_FILE.test(path.split("/").slice(-5).join("/")) || THEIR_APPLICATION.test(path);
}

/** Whether only administrators get to an address: a guard in front of it or the address says so. */
export function isRouteForAdministrators({ path, forAdministrators }: Route): boolean {
  return forAdministrators === true || THEIR_ADDRESS.test(path);
}

/** Moderators are as few. */
const ADMINISTRATORS = /^((super|sys)?admin(istrator)?|moderator)s?$/;
/** `adminOrSelf`, `nonAdmin`. */
const OTHERS_TOO = /^(or|non|not|exclude|without)$/;

/** Whether a name says that it is about administrators alone: `adminProcedure`, `requireAdmin`, `SUPER_ADMIN`, `is-admin`. */
export function namesAdministrators(name: string): boolean {
  const words = name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase());
  return words.some((word) => ADMINISTRATORS.test(word)) && !words.some((word) => OTHERS_TOO.test(word));
}
