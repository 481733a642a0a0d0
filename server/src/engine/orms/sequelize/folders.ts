import type { FileFacts } from "../../facts";
import { MODULE_EXPORTS } from "../../flow/javascript/module-objects";
import type { Machine } from "../../flow/machine";
import type { Value } from "../../flow/values";
import { pathOfUri } from "../../project";
import { nodesIn } from "../script/statements";
import { detailsOf } from "./model/details";

/** Functions that list the files of a folder. */
const LISTS_FILES = /^(readdirSync|readdir|globSync|sync|glob|requireDirectory|requireDir|context)$/;

const known = new WeakMap<FileFacts["bodies"], ReadonlySet<string>>();

/** Names of the objects that a file fills with what it finds in a folder: `db[model.name] = model` (what the command line of Sequelize generates as `models/index.js`). */
function filledByFolder({ bodies }: FileFacts): ReadonlySet<string> {
  let names = known.get(bodies);
  if (names) return names;
  const found = new Set<string>();
  const nodes = Object.values(bodies).flatMap((statements) => nodesIn(statements));
  const lists = nodes.some((node) => node.kind === "call" && ((node.callee.kind === "attribute" && LISTS_FILES.test(node.callee.name)) || (node.callee.kind === "name" && LISTS_FILES.test(node.callee.name))));
  if (lists) for (const node of nodes) if (node.kind === "assign") for (const target of node.targets) if (target.kind === "subscript" && target.object.kind === "name" && target.index.kind !== "literal") found.add(target.object.name);
  known.set(bodies, (names = found));
  return names;
}

/** A module that hands on all models: `module.exports = { sequelize, ...sequelize.models }` (the spread stands by itself when it is lowered). */
function handsOnModels({ bodies }: FileFacts): boolean {
  return (bodies[""] ?? []).some((statement) => statement.kind === "expression" && statement.expression.kind === "attribute" && statement.expression.name === "models");
}

/** The models that lie beside or below a file that loads them by the names of their files. */
export function modelsOfFolder(m: Machine, uri: string, name: string): ReadonlyMap<string, Value> | undefined {
  const facts = m.project.files.get(uri);
  const isWhole = name === MODULE_EXPORTS;
  if (!facts || !(isWhole ? handsOnModels(facts) : filledByFolder(facts).has(name))) return undefined;
  const path = pathOfUri(uri);
  const folder = isWhole ? "/" : path.slice(0, path.lastIndexOf("/") + 1);
  const models = new Map<string, Value>();
  for (const entity of m.project.entities.values()) {
    const details = detailsOf(entity);
    if (details && !entity.abstract && !entity.implicit && entity.declaredAt && pathOfUri(entity.declaredAt.uri).startsWith(folder)) models.set(details.model, { kind: "entity", entity, varies: 0 });
  }
  return models.size > 0 ? models : undefined;
}
