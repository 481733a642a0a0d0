import type { Grammar } from "../../syntax";
import { Role, type FieldIds, type KindTables } from "./context";
import { EXPRESSIONS } from "./expressions";
import { STATEMENTS } from "./statements";

const ROLES: Readonly<Record<string, number>> = {
  comment: Role.extra,
  line_continuation: Role.extra,
  ERROR: Role.error,
  // The root holds statements like any block.
  module: Role.block,
  block: Role.block,
  async: Role.async,
  ",": Role.comma,
  ":": Role.colon,
  from: Role.from,
  "=": Role.equals,
  keyword_argument: Role.keywordArgument,
  list_splat: Role.listSplat,
  dictionary_splat: Role.dictionarySplat,
  generator_expression: Role.generator,
  pair: Role.pair,
  for_in_clause: Role.forInClause,
  if_clause: Role.ifClause,
  elif_clause: Role.elifClause,
  else_clause: Role.elseClause,
  except_clause: Role.exceptClause,
  except_group_clause: Role.exceptClause,
  finally_clause: Role.finallyClause,
  case_clause: Role.caseClause,
  with_item: Role.withItem,
  decorator: Role.decorator,
  function_definition: Role.functionDefinition,
  class_definition: Role.classDefinition,
  parenthesized_expression: Role.parenthesized,
  parenthesized_list_splat: Role.parenthesized,
  as_pattern: Role.asPattern,
  class_pattern: Role.classPattern,
  case_pattern: Role.casePattern,
  union_pattern: Role.unionPattern,
  splat_pattern: Role.splatPattern,
  dotted_name: Role.dottedName,
  identifier: Role.identifier,
  assignment: Role.assignment,
  augmented_assignment: Role.augmentedAssignment,
  tuple: Role.tuple,
  interpolation: Role.interpolation,
  format_expression: Role.interpolation,
  string_start: Role.stringStart,
  string_end: Role.stringEnd,
  default_parameter: Role.defaultParameter,
  typed_default_parameter: Role.defaultParameter,
  typed_parameter: Role.typedParameter,
  list_splat_pattern: Role.listSplatPattern,
  dictionary_splat_pattern: Role.dictionarySplatPattern,
  keyword_separator: Role.separator,
  positional_separator: Role.separator,
  tuple_pattern: Role.tuplePattern,
  aliased_import: Role.aliasedImport,
  wildcard_import: Role.wildcardImport,
  import_prefix: Role.importPrefix,
  relative_import: Role.relativeImport,
  type_parameter: Role.typeParameter,
};

const FIELDS = [
  "object", "attribute", "function", "arguments", "value", "subscript", "left", "right", "operator", "operators", "argument", "body",
  "name", "parameters", "type", "return_type", "condition", "consequence", "alternative", "superclasses", "definition", "alias",
  "module_name", "subject", "guard", "cause", "key", "expression", "format_specifier",
] as const satisfies readonly (keyof FieldIds)[];

/** A pure function of an unchanging grammar, remembered: for a small file it would cost a tenth of the parse. */
const resolved = new WeakMap<Grammar, KindTables>();

/** What each kind and field of `grammar` means, so that no name is compared per node. */
export function kindsOf(grammar: Grammar): KindTables {
  const known = resolved.get(grammar);
  if (known) return known;
  const tables = resolveKinds(grammar);
  resolved.set(grammar, tables);
  return tables;
}

function resolveKinds(grammar: Grammar): KindTables {
  const roles = new Uint8Array(grammar.kinds.length);
  grammar.kinds.forEach((kind, id) => {
    if (Object.hasOwn(ROLES, kind)) roles[id] = ROLES[kind];
  });
  const fields = Object.fromEntries(FIELDS.map((name) => [name, fieldId(grammar, name)])) as FieldIds;
  return {
    roles,
    fields,
    expressions: grammar.kinds.map((kind) => EXPRESSIONS.get(kind)),
    statements: grammar.kinds.map((kind) => STATEMENTS.get(kind)),
  };
}

function fieldId(grammar: Grammar, name: string): number {
  const id = grammar.fields.indexOf(name);
  return id < 0 ? 255 : id;
}
