import type { FileFacts } from "../../../facts";
import { functionsOf, type ProjectCore, type Route } from "../../../project";
import type { FoundEntries } from "./found";
import type { ScriptReader } from "./reader";

const HTTP = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/;
const SUFFIX = /\.([cm]?[jt]s|[jt]sx|vue|svelte)$/;

/** A framework whose routes are files: which files, below the folder of a package that needs one of `packages`. */
interface FileFramework {
  readonly packages: readonly string[];
  find(file: RouteFile): void;
}

interface RouteFile {
  readonly facts: FileFacts;
  /** Below the package, without suffix: `src/app/orders/[id]/route`. */
  readonly path: string;
  /** What a file exports under a name, run by requests at an address. */
  answer(exported: string, methods: readonly string[], path: string | undefined): void;
  start(exported: string, entry: "middleware" | "task"): void;
  /** The functions in an exported object, by name. */
  members(exported: string): readonly { readonly name: string; readonly keys: readonly string[] }[];
  answerKeys(keys: readonly string[], methods: readonly string[], path: string): void;
}

/** Next.js, Remix and React Router, SvelteKit, Nuxt and Nitro, Astro, Medusa: files that answer requests by where they lie. */
export function findFileRoutes(found: FoundEntries, reader: ScriptReader): void {
  const { core } = found;
  for (const uri of core.uris) {
    const facts = core.files.get(uri)!;
    if (facts.language !== "typescript") continue;
    serverActions(found, reader, facts);
    const path = core.path(uri);
    const manifests = core.packages.manifests.above(path.slice(0, path.lastIndexOf("/")));
    for (const { packages, find } of FRAMEWORKS) {
      const manifest = manifests.find((each) => packages.some((name) => each.dependencies.has(name)));
      if (manifest) find(routeFile(found, reader, facts, path.slice(manifest.folder.length + 1).replace(SUFFIX, "")));
    }
  }
}

/** Functions that browsers call: `"use server"` in them, or before all that a file exports (React: *Server Functions*); all that a file of remote functions exports (https://svelte.dev/docs/kit/remote-functions). */
function serverActions(found: FoundEntries, reader: ScriptReader, facts: FileFacts): void {
  const { uri, declares } = facts;
  for (const { declaration } of functionsOf(facts).functions) if (declaration.directive === "use server") found.request(`${uri}#${declaration.id}`);
  const isRemote = /\.remote\.[jt]s$/.test(uri) && declares.imports.some(({ module }) => module === "$app/server");
  if (declares.directive !== "use server" && !isRemote) return;
  const action = (key: string, name: string): void => {
    found.request(key);
    found.actions.set(key, { uri, name });
  };
  for (const { id, name, isAsync } of declares.functions) if (isAsync && (declares.exports?.includes(name) ?? true)) action(`${uri}#${id}`, name);
  // `export const save = client.schema(…).action(async () => …)`: what stands there may only be an async function (React: *Server Functions*).
  for (const { name } of declares.values) {
    const symbol = declares.exports?.includes(name) ? memberOf(found.core, uri, name) : undefined;
    for (const key of symbol ? reader.handlersOf(symbol) : []) action(key, name);
  }
}

function routeFile(found: FoundEntries, reader: ScriptReader, facts: FileFacts, path: string): RouteFile {
  const { core } = found;
  const exported = (name: string): { readonly keys: readonly string[]; readonly span: { start: number; end: number } } | undefined => {
    const symbol = memberOf(core, facts.uri, name);
    if (!symbol) return undefined;
    const keys = reader.handlersOf(symbol);
    const own = keys.map((key) => core.functionByKey(key)).find((fn) => fn?.uri === facts.uri)?.declaration;
    return { keys, span: own ? { start: own.nameStart, end: own.nameEnd } : { start: 0, end: 0 } };
  };
  const routeAt = (methods: readonly string[], address: string, span: { start: number; end: number }): Route => ({ methods, path: address, at: { uri: facts.uri, span } });
  return {
    facts,
    path,
    answer(name, methods, address) {
      const target = exported(name);
      found.placed.add(facts.uri);
      for (const key of target?.keys ?? []) found.request(key, address === undefined ? undefined : routeAt(methods, address, target!.span));
    },
    answerKeys(keys, methods, address) {
      found.placed.add(facts.uri);
      for (const key of keys) found.request(key, routeAt(methods, address, core.functionByKey(key)?.declaration ?? { start: 0, end: 0 }));
    },
    start(name, entry) {
      found.placed.add(facts.uri);
      for (const key of exported(name)?.keys ?? []) found.start(key, entry);
    },
    members(name) {
      const symbol = memberOf(core, facts.uri, name);
      const value = symbol?.kind === "value" ? symbol : undefined;
      return value?.value.value ? reader.entries({ uri: value.uri }, value.value.value).map((each) => ({ name: each.name, keys: reader.handlers(each.place, each.value) })) : [];
    },
  };
}

function memberOf(core: ProjectCore, uri: string, name: string) {
  return core.resolveMember({ kind: "module", uri, name: "" }, name);
}

function namesOf({ declares }: FileFacts): readonly string[] {
  return declares.exports ?? [...declares.functions, ...declares.values].map((each) => each.name);
}

/** `(shop)/orders/[id]/[...rest]` as people write addresses; `@modal` and groups are left out. */
function bracketPath(segments: readonly string[]): string {
  const parts = segments.flatMap((segment) => {
    if (segment === "" || /^\(.*\)$/.test(segment) || segment.startsWith("@")) return [];
    return [segment.replace(/^\(\.+\)/, "").replace(/\[\[?\.\.\.(\w+)\]\]?/g, "*$1").replace(/\[\[?([\w-]+)(?:=\w+)?\]\]?/g, ":$1")];
  });
  return `/${parts.join("/")}`;
}

const next: FileFramework = {
  packages: ["next"],
  find(file) {
    const app = /^(?:src\/)?app\/(?:(.*)\/)?(route|page|layout|template|default|not-found|error|loading|sitemap|robots|manifest|opengraph-image|twitter-image|icon)$/.exec(file.path);
    if (app) {
      const address = bracketPath((app[1] ?? "").split("/"));
      if (app[2] === "route") for (const name of namesOf(file.facts)) if (HTTP.test(name)) file.answer(name, [name], address);
      if (app[2] !== "route") {
        file.answer("default", ["GET"], app[2] === "page" ? address : undefined);
        file.answer("generateMetadata", ["GET"], app[2] === "page" ? address : undefined);
        file.answer("generateViewport", ["GET"], undefined);
      }
    }
    const page = /^(?:src\/)?pages\/(.*)$/.exec(file.path);
    if (page) {
      const address = bracketPath(page[1].replace(/(^|\/)index$/, "").split("/"));
      if (page[1].startsWith("api/")) file.answer("default", [], address);
      else {
        file.answer("getServerSideProps", ["GET"], address);
        file.answer("getInitialProps", ["GET"], address);
      }
    }
    if (/^(src\/)?(middleware|proxy)$/.test(file.path)) for (const name of ["middleware", "proxy", "default"]) file.start(name, "middleware");
  },
};

/** `orders.$id.edit`, `_auth.login`, `orders_.new`, `($lang).about`: flat routes, and folders with a `route` in them. */
function flatPath(route: string): string {
  const segments = route.replace(/\/(route|index)$/, "").split(/[./]/).flatMap((segment) => {
    if (segment === "" || segment === "_index" || segment === "index" || (segment.startsWith("_") && !segment.startsWith("__x"))) return [];
    return [segment.replace(/_$/, "").replace(/^\((.*)\)$/, "$1?").replace(/^\$$/, "*").replace(/^\$(\w+)/, ":$1").replace(/\[(.*?)\]/g, "$1")];
  });
  return `/${segments.join("/")}`;
}

const remix: FileFramework = {
  packages: ["@remix-run/node", "@remix-run/react", "@remix-run/serve", "@remix-run/cloudflare", "@remix-run/express", "@react-router/node", "@react-router/dev"],
  find(file) {
    const route = /^(?:src\/)?app\/routes\/(.*)$/.exec(file.path);
    const isRoot = /^(?:src\/)?app\/root$/.test(file.path);
    const isListed = /^(?:src\/)?app\//.test(file.path) && namesOf(file.facts).some((name) => name === "loader" || name === "action");
    if (!route && !isRoot && !isListed) return;
    const address = route ? flatPath(route[1]) : isRoot ? "/" : undefined;
    file.answer("loader", ["GET"], address);
    file.answer("action", ["POST"], address);
    if (/^(?:src\/)?app\/entry\.server$/.test(file.path)) file.start("default", "middleware");
  },
};

const svelteKit: FileFramework = {
  packages: ["@sveltejs/kit"],
  find(file) {
    const route = /^src\/routes\/(?:(.*)\/)?\+(server|page\.server|page|layout\.server|layout)$/.exec(file.path);
    if (/^src\/hooks\.server$/.test(file.path)) for (const name of ["handle", "handleFetch", "handleError"]) file.start(name, "middleware");
    if (!route) return;
    const address = bracketPath((route[1] ?? "").split("/"));
    if (route[2] === "server") for (const name of namesOf(file.facts)) if (HTTP.test(name)) file.answer(name, [name], address);
    file.answer("load", ["GET"], route[2].startsWith("page") ? address : undefined);
    for (const { name, keys } of file.members("actions")) file.answerKeys(keys, ["POST"], name === "default" ? address : `${address}?/${name}`);
  },
};

const nitro: FileFramework = {
  packages: ["nuxt", "nitropack", "nitro", "h3", "@nuxt/kit"],
  find(file) {
    const route = /^(?:.*\/)?server\/(api|routes)\/(.*)$/.exec(file.path);
    if (/^(?:.*\/)?server\/middleware\//.test(file.path)) file.start("default", "middleware");
    if (/^(?:.*\/)?server\/tasks\//.test(file.path)) file.start("default", "task");
    if (!route) return;
    const method = /\.(get|post|put|patch|delete|head|options)$/.exec(route[2])?.[1];
    const address = bracketPath([...(route[1] === "api" ? ["api"] : []), ...route[2].replace(/\.(get|post|put|patch|delete|head|options)$/, "").replace(/(^|\/)index$/, "").split("/")]);
    file.answer("default", method === undefined ? [] : [method.toUpperCase()], address);
  },
};

const astro: FileFramework = {
  packages: ["astro"],
  find(file) {
    const route = /^src\/pages\/(.*)$/.exec(file.path);
    if (!route) return;
    const address = bracketPath(route[1].replace(/(^|\/)index$/, "").split("/"));
    for (const name of namesOf(file.facts)) if (HTTP.test(name) || name === "ALL") file.answer(name, name === "ALL" ? [] : [name], address);
  },
};

const medusa: FileFramework = {
  packages: ["@medusajs/framework", "@medusajs/medusa"],
  find(file) {
    const route = /^src\/api\/(?:(.*)\/)?route$/.exec(file.path);
    if (route) for (const name of namesOf(file.facts)) if (HTTP.test(name)) file.answer(name, [name], bracketPath((route[1] ?? "").split("/")));
    if (/^src\/(jobs|subscribers)\//.test(file.path)) file.start("default", "task");
  },
};

const FRAMEWORKS: readonly FileFramework[] = [next, remix, svelteKit, nitro, astro, medusa];
