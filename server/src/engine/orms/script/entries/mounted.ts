import type { Expression, FileFacts } from "../../../facts";
import { isTestFile, type ProjectCore } from "../../../project";
import { nameOf, type ScriptReader } from "./reader";

/** What makes a class NestJS's own: only a module that lists it brings it to life. */
const NEST = /^(Module|Global|Controller|Injectable|Resolver|Processor|WebSocketGateway|Catch)$/;

/** Files of classes that frameworks would run, were they part of the application: nothing that is started leads to them. */
export function unmountedFiles(core: ProjectCore, reader: ScriptReader): ReadonlySet<string> {
  return new Set([...unmountedInNest(core, reader), ...unlistedResolvers(core, reader)]);
}

/**
 * Classes of TypeGraphQL that no schema lists: `buildSchema({ resolvers: [PostsResolver] })` knows those that it is given (https://typegraphql.com/docs/bootstrap.html).
 * Empty where none is imported by what is no resolver itself: they are found by a pattern of file names.
 */
function unlistedResolvers(core: ProjectCore, reader: ScriptReader): readonly string[] {
  const resolvers = new Set<string>();
  for (const { uri, declaration } of core.classes) {
    if (declaration.decorators.map(named).some((each) => nameOf(each) === "Resolver" && reader.external({ uri }, each)?.startsWith("type-graphql."))) resolvers.add(uri);
  }
  if (resolvers.size === 0) return [];
  const imported = new Set<string>();
  const listed = new Set<string>();
  for (const uri of core.uris) {
    const facts = core.files.get(uri)!;
    if (facts.language !== "typescript" || isTestFile(core, uri)) continue;
    for (const { module } of facts.declares.imports) {
      const found = core.resolveImport(uri, module, 0);
      if (found?.kind !== "module" || !resolvers.has(found.uri)) continue;
      imported.add(found.uri);
      if (!resolvers.has(uri)) listed.add(found.uri);
    }
  }
  return listed.size * 2 < resolvers.size ? [] : [...resolvers].filter((uri) => !imported.has(uri));
}

/**
 * The files of NestJS's classes that no other code leads to: an old version of a module that nothing imports any more, with its controllers and services.
 * The application that is started knows its controllers by the modules that it imports, and by nothing else
 * (https://docs.nestjs.com/modules: "each application has at least one module, a root module"). Empty where no module is reached at all: the code that starts them is elsewhere.
 */
function unmountedInNest(core: ProjectCore, reader: ScriptReader): ReadonlySet<string> {
  const nest = new Set<string>();
  const modules = new Set<string>();
  for (const { uri, declaration } of core.classes) {
    if (core.files.get(uri)?.language !== "typescript") continue;
    for (const decorator of declaration.decorators.map(named)) {
      const name = nameOf(decorator);
      if (!NEST.test(name) || !reader.external({ uri }, decorator)?.startsWith("@nestjs/")) continue;
      nest.add(uri);
      if (name === "Module") modules.add(uri);
    }
  }
  if (modules.size === 0) return new Set();
  // What only hands on leads nowhere by itself.
  const reached = new Set(core.uris.filter((uri) => !nest.has(uri) && core.files.get(uri)!.language === "typescript" && !isTestFile(core, uri) && !handsOn(core.files.get(uri)!)));
  for (const uri of reached) {
    for (const { module } of core.files.get(uri)!.declares.imports) {
      const found = core.resolveImport(uri, module, 0);
      if (found?.kind === "module") reached.add(found.uri);
    }
  }
  if (![...modules].some((uri) => reached.has(uri))) return new Set();
  return new Set([...nest].filter((uri) => !reached.has(uri)));
}

/** `Controller` of `@Controller("orders")`. */
function named(decorator: Expression): Expression {
  return decorator.kind === "call" ? decorator.callee : decorator;
}

/** `index.ts` with nothing but `export * from "./orders.module"`. */
function handsOn({ declares: { imports, functions, classes, values } }: FileFacts): boolean {
  return imports.length > 0 && imports.every((each) => each.isReexport) && functions.length === 0 && classes.length === 0 && values.length === 0;
}
