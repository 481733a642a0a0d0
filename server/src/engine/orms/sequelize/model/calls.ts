import type { Call, Expression, FileFacts, Statement } from "../../../facts";

/** What Sequelize calls its associations (documentation: *Associations*). */
export type AssociationMethod = "hasMany" | "hasOne" | "belongsTo" | "belongsToMany";

export const ASSOCIATION_METHODS: ReadonlySet<string> = new Set<AssociationMethod>(["hasMany", "hasOne", "belongsTo", "belongsToMany"]);

/** Static methods of a model that register a hook (`src/hooks.js`), as far as they run for single rows or see those that were found. */
const HOOK = /^(add|before|after)(Hook|Create|Update|Save|Upsert|Destroy|Validate|Restore|Find)$/;

/** A call of a method that may say something about models. */
export interface ModelCall {
  readonly call: Call;
  readonly method: string;
  readonly receiver: Expression;
  /** The function whose statement it stands in; "": the module. */
  readonly functionId: string;
  /** What the result is assigned to. */
  readonly target?: Expression;
}

const known = new WeakMap<FileFacts["bodies"], readonly ModelCall[]>();

/** The calls of one file that may define models, associate them or give them scopes, hooks and indexes. Depends on the file alone. */
export function modelCallsOf({ bodies }: FileFacts): readonly ModelCall[] {
  let calls = known.get(bodies);
  if (!calls) known.set(bodies, (calls = Object.entries(bodies).flatMap(([id, statements]) => collect(id, statements))));
  return calls;
}

function collect(functionId: string, statements: readonly Statement[]): ModelCall[] {
  const found: ModelCall[] = [];
  const visit = (node: unknown, target?: Expression): void => {
    if (node === null || typeof node !== "object") return;
    if (Array.isArray(node)) {
      for (const each of node) visit(each);
      return;
    }
    const each = node as Expression | Statement;
    switch (each.kind) {
      // Their statements are bodies of their own.
      case "function":
      case "define-function":
      case "class":
      case "define-class":
        return;
      case "call":
        if (each.callee.kind === "attribute" && isOfInterest(each.callee.name, each)) found.push({ call: each, method: each.callee.name, receiver: each.callee.object, functionId, target });
        break;
      case "assign":
        if (each.value) visit(each.value, each.targets[0]);
        return;
      case "named-assignment":
        visit(each.value, each.target);
        return;
      case "cast":
      case "await":
        visit(each.operand, target);
        return;
    }
    for (const key in each) visit((each as unknown as Record<string, unknown>)[key]);
  };
  visit(statements);
  return found;
}

function isOfInterest(name: string, { arguments: given }: Call): boolean {
  if (ASSOCIATION_METHODS.has(name)) return given.length > 0;
  switch (name) {
    case "define": return given.length >= 2 && given[0].value.kind === "literal" && given[1].value.kind !== "class";
    case "init": return given.length === 2 && (given[0].value.kind === "mapping" || given[1].value.kind === "mapping");
    case "addScope": return given.length >= 2;
    default: return HOOK.test(name);
  }
}
