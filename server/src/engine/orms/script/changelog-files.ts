import { parseXml, XmlElement, XmlText } from "@rgrove/parse-xml";
import { load } from "js-yaml";

/**
 * A part of a changelog of Liquibase. What XML has as attributes and what it has as elements is the same to Liquibase, and so are all three formats (source: `ParsedNode`, `XMLChangeLogSAXHandler`,
 * `YamlChangeLogParser` of liquibase-standard).
 */
export interface ChangelogNode {
  readonly name: string;
  readonly text: string;
  readonly children: readonly ChangelogNode[];
}

const ROOT = "databaseChangeLog";
const CHANGELOG = /(?:changelog|liquibase).*\.(?:xml|ya?ml|json)$/i;
/** What is run by hand to take something back. */
const UNDOES = /\/(?:rollback|revert|undo)/i;

/** The changelog that a file is, in XML, YAML or JSON; those in SQL are files of SQL. */
export function readChangelog(path: string, text: string): ChangelogNode | undefined {
  if (!CHANGELOG.test(path) || UNDOES.test(path) || !text.includes(ROOT)) return undefined;
  try {
    return /\.xml$/i.test(path) ? readXml(text) : readYaml(text);
  } catch {
    // Neither parser goes on behind a mistake, nor does Liquibase.
    return undefined;
  }
}

/** The children of this name, and those in a list of its plural: YAML has `columns` of `column`, XML `column` after `column`. */
export function childrenOf(node: ChangelogNode, name: string): readonly ChangelogNode[] {
  return node.children.flatMap((child) => (child.name === name ? [child] : child.name === `${name}s` ? child.children.filter((each) => each.name === name) : []));
}

/** The text of what is called like this. */
export function textIn(node: ChangelogNode, name: string): string | undefined {
  return node.children.find((child) => child.name === name)?.text.trim() || undefined;
}

function readXml(text: string): ChangelogNode | undefined {
  const { root } = parseXml(text);
  return root && localName(root.name) === ROOT ? nodeOf(root) : undefined;
}

function nodeOf({ name, attributes, children }: XmlElement): ChangelogNode {
  return {
    name: localName(name),
    text: children.map((child) => (child instanceof XmlText ? child.text : "")).join(""),
    children: [...Object.entries(attributes).map(([key, value]) => ({ name: key, text: value, children: [] })), ...children.flatMap((child) => (child instanceof XmlElement ? [nodeOf(child)] : []))],
  };
}

/** `ext:createIndex` → `createIndex`. */
function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** JSON is YAML. Aliases are not followed: a few of them can stand for more than there is room for. */
function readYaml(text: string): ChangelogNode | undefined {
  const document = load(text, { maxAliases: 0, json: true });
  return isMapping(document) && ROOT in document ? valueOf(ROOT, document[ROOT]) : undefined;
}

function valueOf(name: string, value: unknown): ChangelogNode {
  if (!isMapping(value) && !Array.isArray(value)) return { name, text: value === null || value === undefined ? "" : String(value), children: [] };
  const mappings = Array.isArray(value) ? value.filter(isMapping) : [value];
  return { name, text: "", children: mappings.flatMap((each) => Object.entries(each).map(([key, child]) => valueOf(key, child))) };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
