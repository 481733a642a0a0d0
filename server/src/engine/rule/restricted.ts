import type { ClassDeclaration, Expression, FunctionDeclaration } from "../facts";
import type { DataAccessEvent } from "../flow";
import { namesAdministrators, type ProjectModel, type Route } from "../project";
import { isForAdministrators, liesWithAdministrators } from "./administrators";

/** What guards a handler by a right that not everybody has: `@HasPermission(…)`, `@Allow(Permission.UpdateSettings)`, `@UseGuards(AdminGuard)`. */
const GUARD = /^(HasPermissions?|Requires?Permissions?|Permissions?|CheckPermissions?|CheckPolicies|Allow|permission_required|staff_member_required|superuser_required|user_passes_test)$/;

/** Whether only administrators, or those who were given a right, run what an event tells of. */
export function isRestricted(event: DataAccessEvent, project: ProjectModel): boolean {
  if (isForAdministrators(event, project)) return true;
  const root = event.frames[0]?.function;
  if (!root) return false;
  const routes = project.routesOf(root.key);
  return routes.length > 0 ? routes.every((route) => liesWithAdministrators(route.at.uri) || isGuardedRoute(route, project)) : isGuarded(root.declaration, root.owner?.declaration);
}

function isGuardedRoute({ at }: Route, project: ProjectModel): boolean {
  const declarations = project.declarationsOf(at.uri);
  const covers = (each: { readonly start: number; readonly end: number }): boolean => each.start <= at.span.start && at.span.start < each.end;
  const owner = declarations?.classes.find(covers);
  return isGuarded((owner?.methods ?? declarations?.functions ?? []).find(covers), owner);
}

function isGuarded(...declarations: readonly (FunctionDeclaration | ClassDeclaration | undefined)[]): boolean {
  return declarations.some((each) => each?.decorators.some((decorator) => wordsIn(decorator).some((word) => GUARD.test(word) || namesAdministrators(word))));
}

/** The names and texts of a decorator. */
function wordsIn(node: Expression): readonly string[] {
  switch (node.kind) {
    case "name": return [node.name];
    case "attribute": return [...wordsIn(node.object), node.name];
    case "literal": return typeof node.value === "string" ? [node.value] : [];
    case "call": return [...wordsIn(node.callee), ...node.arguments.flatMap(({ value }) => wordsIn(value))];
    case "sequence": return node.items.flatMap(wordsIn);
    default: return [];
  }
}
