import type { Argument, Call, Expression } from "../../../facts";
import type { ClassRef, Entity, ProjectCore, Registration } from "../../../project";

/** The admin classes of a package: Django's own, and companions' such as `import_export.admin.ImportExportModelAdmin`. */
const ADMIN = /^django\.contrib\.(\w+\.)*admin\b|\.admin(\.\w+)*\.\w+$|Admin$/;

/**
 * Which models are registered with which admin class: `@admin.register(Book)`, `admin.site.register([Book, Author], CatalogueAdmin)`,
 * on any site (*ModelAdmin objects*). What is registered in loops and functions stays unknown.
 */
export function adminRegistrations(core: ProjectCore, entityOf: (uri: string, expression: Expression) => Entity | undefined): readonly Registration[] {
  const found: Registration[] = [];
  const add = (entity: Entity | undefined, owner: ClassRef | undefined): void => {
    if (entity && !entity.abstract && !found.some((each) => each.entity === entity.key && each.class?.key === owner?.key)) found.push({ entity: entity.key, ...(owner && { class: owner }) });
  };
  for (const uri of core.uris) {
    const declares = core.files.get(uri)?.declares;
    for (const declaration of declares?.classes ?? []) {
      const owner = core.classRef(uri, declaration);
      for (const decorator of declaration.decorators) {
        if (decorator.kind !== "call" || nameOf(decorator) !== "register" || !isAdmin(core, owner)) continue;
        for (const model of modelsOf(decorator.arguments)) add(entityOf(uri, model), owner);
      }
    }
    for (const call of declares?.calls ?? []) {
      if (nameOf(call) !== "register") continue;
      const [first, second] = call.arguments;
      if (!first || first.spread) continue;
      const given = call.arguments.find((argument) => argument.name === "admin_class") ?? (second?.name === undefined ? second : undefined);
      const owner = given && classOf(core, uri, given.value);
      if (given ? !owner || !isAdmin(core, owner) : !isDefaultSite(core, uri, call)) continue;
      for (const model of modelsOf([first])) add(entityOf(uri, model), owner);
    }
  }
  return found;
}

function nameOf({ callee }: Call): string | undefined {
  return callee.kind === "attribute" || callee.kind === "name" ? callee.name : undefined;
}

/** `register(Book, Author)`, `register([Book, Author], …)`. */
function modelsOf(given: readonly Argument[]): readonly Expression[] {
  const models = given.filter(({ name, spread }) => !spread && (name === undefined || name === "model_or_iterable"));
  return models.flatMap(({ value }): readonly Expression[] => (value.kind === "sequence" ? value.items.filter((item) => item.kind !== "spread") : [value]));
}

function classOf(core: ProjectCore, uri: string, expression: Expression): ClassRef | undefined {
  const symbol = core.resolveExpression(uri, expression);
  const target = symbol && core.followAliases(symbol);
  return target?.kind === "class" ? target.class : undefined;
}

/** Other registries (translations, histories, serializers) take a model and a class as well. */
function isAdmin(core: ProjectCore, owner: ClassRef): boolean {
  return core.ancestors(owner).some((ancestor) => "external" in ancestor && ADMIN.test(ancestor.external));
}

function isDefaultSite(core: ProjectCore, uri: string, { callee }: Call): boolean {
  const symbol = callee.kind === "attribute" ? core.resolveExpression(uri, callee.object) : undefined;
  return symbol?.kind === "external" && /^django\.contrib\.admin\.(sites\.)?site$/.test(symbol.name);
}
