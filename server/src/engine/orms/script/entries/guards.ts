import type { Expression } from "../../../facts";
import { namesAdministrators } from "../../../project";
import { nameOf } from "./reader";

/** Whether what stands in front of a handler lets in administrators alone, as its names say: `requireAdmin`, `hasRole("admin")`, `authorize([Role.ADMIN])`; not `hasRole("admin", "editor")`. */
export function guardsForAdministrators(node: Expression | undefined): boolean {
  switch (node?.kind) {
    case "name":
    case "attribute": return namesAdministrators(node.name);
    case "literal": return typeof node.value === "string" && namesAdministrators(node.value);
    case "sequence": return node.items.length === 1 && guardsForAdministrators(node.items[0]);
    case "call": return guardsForAdministrators(node.callee) || (node.arguments.length === 1 && guardsForAdministrators(node.arguments[0].value));
    default: return false;
  }
}

const ROLES = /^(Roles?|HasRoles?|RequireRoles?|RolesAllowed|Auth|Authorized|Authorize)$/;

/** The same for decorators: `@UseGuards(AuthGuard, AdminGuard)`, `@Roles(Role.Admin)`, `@AdminOnly()`. */
export function decoratedForAdministrators(decorators: readonly Expression[]): boolean {
  return decorators.some((decorator) => {
    const name = nameOf(decorator.kind === "call" ? decorator.callee : decorator);
    if (namesAdministrators(name)) return true;
    if (decorator.kind !== "call") return false;
    if (name === "UseGuards") return decorator.arguments.some(({ value }) => guardsForAdministrators(value));
    return ROLES.test(name) && decorator.arguments.length === 1 && guardsForAdministrators(decorator.arguments[0].value);
  });
}
