/**
 * The lowered form of code, the same for every language: plain, frozen, serialisable data.
 * Every node has `start` and `end`, UTF-16 offsets into the file it came from. Names are unresolved.
 */
interface Node {
  readonly start: number;
  readonly end: number;
}

export interface Name extends Node { readonly kind: "name"; readonly name: string }
/**
 * `object.name`; `nameStart` is where `name` begins (it ends at `end`). In templates a dot is more than an attribute: `lookup` tells whose rules
 * apply. Django tries key, attribute and index, and calls what it finds (*Variables and lookups*); Jinja tries attribute, then key, and calls nothing.
 */
export interface Attribute extends Node { readonly kind: "attribute"; readonly object: Expression; readonly name: string; readonly nameStart: number; readonly lookup?: "django" | "jinja";
  /** `object?.name`. */
  readonly optional?: true }
export interface Argument {
  /** The keyword of a keyword argument. */
  readonly name?: string;
  /** `*value` is "sequence", `**value` is "mapping". */
  readonly spread?: "sequence" | "mapping";
  readonly value: Expression;
  /** The whole argument, keyword and star included. */
  readonly start: number;
  readonly end: number;
}
/** `callee(arguments)`; `open` is the offset of `(`, `close` of `)`. A generator argument without its own parentheses has its parentheses here. */
export interface Call extends Node { readonly kind: "call"; readonly callee: Expression; readonly arguments: readonly Argument[]; readonly open: number; readonly close: number;
  /** `new Callee(…)`; a template behind its tag (its one argument is a `format` or a string); `<Component prop={…}/>` (its one argument is the mapping of its properties). `open` and `close` are those of what stands there. */
  readonly form?: "new" | "tagged" | "element";
  /** `Repository<User>()`: type arguments. */
  readonly types?: readonly Expression[];
  /** `callee?.(…)`. */
  readonly optional?: true }
/** `object[index]`; several indexes are one tuple, a slice is a `slice`. */
export interface Subscript extends Node { readonly kind: "subscript"; readonly object: Expression; readonly index: Expression }
export interface Slice extends Node { readonly kind: "slice"; readonly lower?: Expression; readonly upper?: Expression; readonly step?: Expression }
/** A string without interpolation, number, boolean or null (`None`). Implicitly concatenated strings are one literal. */
export interface Literal extends Node { readonly kind: "literal"; readonly value: string | number | boolean | null }
/**
 * An interpolated string: its embedded expressions, in order, those of formats (`{value:{width}}`) included. `texts` are the pieces of text around
 * the interpolations, one more than there are of these, where they are known.
 */
export interface FormattedString extends Node { readonly kind: "format"; readonly parts: readonly Expression[]; readonly texts?: readonly string[] }
export interface Sequence extends Node { readonly kind: "sequence"; readonly of: "list" | "tuple" | "set"; readonly items: readonly Expression[] }
/** `{key: value}`; an entry without a key is a spread (`**value`). */
/** As an assignment target, what an object pattern takes apart: values are targets, `{ a = 1 }` is a `coalesce` of target and default, an entry without a key is the rest. */
export interface Mapping extends Node { readonly kind: "mapping"; readonly entries: readonly MappingEntry[] }
export interface MappingEntry {
  /** A plain key (`name:`) and a shorthand (`{ name }`) are string literals with their place. */
  readonly key?: Expression;
  readonly value: Expression;
}
export interface ComprehensionClause extends Node { readonly target: Expression; readonly iterable: Expression; readonly conditions: readonly Expression[]; readonly isAsync: boolean }
/** `[element for …]`; of a mapping, `element` is the key and `value` the value. */
export interface Comprehension extends Node { readonly kind: "comprehension"; readonly of: "list" | "set" | "generator" | "mapping"; readonly element: Expression; readonly value?: Expression; readonly clauses: readonly ComprehensionClause[] }
export interface Lambda extends Node { readonly kind: "lambda"; readonly parameters: readonly Parameter[]; readonly isAsync: boolean; readonly body: Expression | readonly Statement[] }
export interface Binary extends Node { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
/** Short-circuit operators. */
export interface Logical extends Node { readonly kind: "logical"; readonly operator: "and" | "or" | "coalesce"; readonly left: Expression; readonly right: Expression }
/** One comparison (`==`, `<`, `in`, `not in`, `is`, `is not` …); a chain `a < b < c` is a `logical` "and" of its links. */
export interface Comparison extends Node { readonly kind: "comparison"; readonly operator: string; readonly left: Expression; readonly right: Expression }
/** `not x`, `-x`, `~x`, `+x`. */
export interface Unary extends Node { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
export interface Conditional extends Node { readonly kind: "conditional"; readonly test: Expression; readonly then: Expression; readonly otherwise: Expression }
export interface Await extends Node { readonly kind: "await"; readonly operand: Expression }
/** `yield value`, or `yield from value` when `delegate`. */
export interface Yield extends Node { readonly kind: "yield"; readonly value?: Expression; readonly delegate: boolean }
/** `*value` outside a call: in a display, an assignment target or a subscript. */
export interface Spread extends Node { readonly kind: "spread"; readonly value: Expression }
/** `(name := value)`, `(target = value)`: an assignment whose value is used. */
export interface NamedAssignment extends Node { readonly kind: "named-assignment"; readonly target: Expression; readonly value: Expression }
/** `function (…) {…}`, `(…) => …`, a method of an object literal; an expression as body is one `return`. Its statements are under its id in `FileFacts.bodies`. */
export interface FunctionExpression extends Node { readonly kind: "function"; readonly function: FunctionDeclaration }
/** `value as Type`, `value satisfies Type`, `<Type>value`. */
export interface Cast extends Node { readonly kind: "cast"; readonly operand: Expression; readonly annotation: Expression; readonly of: "as" | "satisfies" }
/** `class {…}` as an expression. */
export interface ClassExpression extends Node { readonly kind: "class"; readonly class: ClassDeclaration }
/** Anything with no meaning of its own here, and every part a syntax error touched: its parts are still evaluated. */
export interface Opaque extends Node { readonly kind: "opaque"; readonly parts: readonly Expression[] }

export type Expression =
  | Name | Attribute | Call | Subscript | Slice | Literal | FormattedString | Sequence | Mapping | Comprehension | Lambda
  | Binary | Logical | Comparison | Unary | Conditional | Await | Yield | Spread | NamedAssignment | FunctionExpression | ClassExpression | Cast | Opaque;

export interface Parameter {
  /** Of a parameter that is taken apart (`pattern`) a name that nothing can bind. */
  readonly name: string;
  /** `({ id, name }) => …`: the target that the argument is assigned to. */
  readonly pattern?: Expression;
  /** `@InjectRepository(User) private users`. */
  readonly decorators?: readonly Expression[];
  readonly annotation?: Expression;
  readonly default?: Expression;
  /** `*args` is "sequence", `**kwargs` is "mapping". */
  readonly spread?: "sequence" | "mapping";
  readonly start: number;
  readonly end: number;
}

export interface ExpressionStatement extends Node { readonly kind: "expression"; readonly expression: Expression }
/** `a = b = value` has two targets; a bare annotation `x: T` has no value. */
export interface Assign extends Node { readonly kind: "assign"; readonly targets: readonly Expression[]; readonly annotation?: Expression; readonly value?: Expression }
/** `target += value`; the operator without the `=`. */
export interface Augment extends Node { readonly kind: "augment"; readonly target: Expression; readonly operator: string; readonly value: Expression }
export interface Return extends Node { readonly kind: "return"; readonly value?: Expression }
export interface ForLoop extends Node { readonly kind: "for"; /** `for (key in object)`: walks the names of its properties. */ readonly keys?: true; readonly target: Expression; readonly iterable: Expression; readonly isAsync: boolean; readonly body: readonly Statement[]; readonly otherwise: readonly Statement[] }
export interface WhileLoop extends Node { readonly kind: "while";
  /** `for (let i = 0; i < rows.length; i++)`: counts up to `limit`, one by one or in larger steps. */
  readonly counter?: { readonly name: string; readonly limit: Expression; readonly step: "one" | "more" }; readonly test: Expression; readonly body: readonly Statement[]; readonly otherwise: readonly Statement[] }
export interface If extends Node { readonly kind: "if"; readonly test: Expression; readonly then: readonly Statement[]; readonly otherwise: readonly Statement[] }
export interface ExceptHandler extends Node { readonly types?: Expression; readonly name?: string; readonly body: readonly Statement[] }
export interface Try extends Node { readonly kind: "try"; readonly body: readonly Statement[]; readonly handlers: readonly ExceptHandler[]; readonly otherwise: readonly Statement[]; readonly finally: readonly Statement[] }
export interface With extends Node { readonly kind: "with"; readonly items: readonly { readonly context: Expression; readonly target?: Expression }[]; readonly isAsync: boolean; readonly body: readonly Statement[] }
/** What a value must be for a `case` to take it. */
export type Pattern =
  /** `_`, a bare name: everything. */
  | { readonly kind: "any" }
  /** A literal, or a dotted name (`Status.OPEN`), compared with `==`. */
  | { readonly kind: "value"; readonly value: Expression }
  /** `Book()`; `bare` without patterns for its attributes. */
  | { readonly kind: "class"; readonly class: Expression; readonly bare: boolean }
  | { readonly kind: "either"; readonly options: readonly Pattern[] }
  /** Sequences, mappings and whatever could not be read: may match or not. */
  | { readonly kind: "other" };
/** `captures` are the names a pattern binds. */
export interface MatchCase extends Node { readonly pattern: Pattern; readonly captures: readonly Name[]; readonly guard?: Expression; readonly body: readonly Statement[] }
/** Also a `switch`: a case that runs on into the next one has its statements too, `break` at the end of a case is left out. */
export interface Match extends Node { readonly kind: "match"; readonly subject: Expression; readonly cases: readonly MatchCase[] }
export interface Raise extends Node { readonly kind: "raise"; readonly value?: Expression }
export interface Assert extends Node { readonly kind: "assert"; readonly test: Expression }
export interface Delete extends Node { readonly kind: "delete"; readonly targets: readonly Expression[] }
export interface Jump extends Node { readonly kind: "break" | "continue" | "pass" }
/** A function defined inside a body; its own body is under its id in `FileFacts.bodies`. */
export interface DefineFunction extends Node { readonly kind: "define-function"; readonly function: FunctionDeclaration }
/** A class defined inside a function body. */
export interface DefineClass extends Node { readonly kind: "define-class"; readonly class: ClassDeclaration }
/** An import; module-level ones are also in `Declarations.imports`. */
export interface ImportStatement extends Node { readonly kind: "import"; readonly imports: readonly ImportDeclaration[] }
/** Statements whose names end with them: `{% with %}`, `{% blocktrans %}`. `cached`: what the block gives is kept, so it seldom runs. */
export interface Block extends Node { readonly kind: "block"; readonly body: readonly Statement[]; readonly cached?: boolean }
/** `{% include template with name=value only %}`; several templates in a `sequence` are tried in turn. `isolated`: the names around are not handed on. */
export interface Include extends Node { readonly kind: "include"; readonly template: Expression; readonly arguments: readonly Argument[]; readonly isolated: boolean }
/** `{% block name %}`: its statements are under `slotId(name)` in `FileFacts.bodies`; a template that extends this one may put others in their place. */
export interface Slot extends Node { readonly kind: "slot"; readonly name: string }
/** `global x` / `nonlocal x`. In TypeScript and JavaScript the first statement of a function that assigns to names that it does not declare. */
export interface ScopeStatement extends Node { readonly kind: "scope"; readonly names: readonly string[] }

export type Statement =
  | ExpressionStatement | Assign | Augment | Return | ForLoop | WhileLoop | If | Try | With | Match | Raise | Assert | Delete | Jump
  | DefineFunction | DefineClass | ImportStatement | ScopeStatement | Block | Include | Slot;

/** The key of a `{% block %}`'s statements in `FileFacts.bodies`. */
export function slotId(name: string): string {
  return `block ${name}`;
}

/**
 * Names that templates call and nothing can bind: `|length` is a filter, `%url` a tag, `?defined` a test of Jinja's.
 * `%print` writes a value out (`{{ value }}`), `%super` is `{{ block.super }}` or `super()`.
 */
export function isTemplateName(name: string): boolean {
  return /^[|%?]/.test(name);
}

/**
 * In TypeScript and JavaScript `module` is the specifier as written (`./models/user`, `@shop/db`, `typeorm`) and `level` is 0. `import * as db from "x"`,
 * `const db = require("x")` have no `name` and are `isAliased`; `export { a as b } from "x"` binds `b` (`isReexport`), `export * from "x"` has the name "*".
 * `import "x"` only runs the module: no `name`, and an empty `local`.
 */
export interface ImportDeclaration {
  /** The dotted module without leading dots: `shop.models`; empty for `from . import x`. */
  readonly module: string;
  /** Leading dots of a relative import; 0 for an absolute one. */
  readonly level: number;
  /** The imported name, "*" for all; absent for `import a.b`. "default" for the default export. */
  readonly name?: string;
  /** The name it binds here: `alias`, or the name, or for `import a.b` the first segment `a`. Empty for "*". */
  readonly local: string;
  /** `import a.b as c` binds the whole module `a.b`; `import a.b` binds `a`. */
  readonly isAliased: boolean;
  /** Inside `if TYPE_CHECKING:`; `import type`. */
  readonly typeOnly: boolean;
  /** Passes on to importers, binds nothing in the file itself. */
  readonly isReexport?: true;
  readonly start: number;
  readonly end: number;
}

export interface FunctionDeclaration {
  readonly kind: "function";
  /** Unique in the file, dotted: `total`, `Order.total`, `outer.inner`. A second definition of the same name gets `#2`. */
  readonly id: string;
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly decorators: readonly Expression[];
  readonly returns?: Expression;
  readonly isAsync: boolean;
  /** Its body holds a `yield`. */
  readonly isGenerator: boolean;
  /** `get name()`, `set name(value)`. */
  readonly accessor?: "get" | "set";
  readonly isStatic?: true;
  /** `private name()`, `#name()`: only its class can call it. */
  readonly isPrivate?: true;
  /** `(…) => …`: `this` is that of the code around it. */
  readonly isArrow?: true;
  /** `"use server"` as its first statement. */
  readonly directive?: string;
  /** It has no body: an abstract method, one of an interface, `declare function`. */
  readonly isSignature?: true;
  /** The type that is given to the function as a whole: `const handler: Handler = (…) => …`. */
  readonly annotation?: Expression;
  readonly start: number;
  readonly end: number;
  readonly nameStart: number;
  readonly nameEnd: number;
}

/** In TypeScript also what an interface or type alias says of a property, a constructor's parameter property, and `this.name = …` in a constructor where no field declares it. */
export interface AttributeDeclaration {
  readonly name: string;
  readonly decorators?: readonly Expression[];
  readonly isStatic?: true;
  /** `name?: Type`. */
  readonly isOptional?: true;
  readonly value?: Expression;
  readonly annotation?: Expression;
  /** The whole statement. */
  readonly start: number;
  readonly end: number;
  readonly nameStart: number;
  readonly nameEnd: number;
}

export interface ClassDeclaration {
  readonly kind: "class";
  /** An `interface` (its bases are what it extends), an `enum` (its members are attributes); absent for a class. */
  readonly form?: "interface" | "enum";
  /** What it says it implements. */
  readonly implements?: readonly Expression[];
  /** Unique in the file, dotted: `Order`, `Order.Meta`. A second definition of the same name gets `#2`. */
  readonly id: string;
  readonly name: string;
  readonly bases: readonly Expression[];
  /** Keyword arguments of the class statement (`metaclass=…`). */
  readonly keywords: readonly Argument[];
  readonly decorators: readonly Expression[];
  /** Assignments in the class body in order, those under `if`/`try` included. */
  readonly attributes: readonly AttributeDeclaration[];
  readonly methods: readonly FunctionDeclaration[];
  readonly classes: readonly ClassDeclaration[];
  readonly start: number;
  readonly end: number;
  readonly nameStart: number;
  readonly nameEnd: number;
  /** Offset of the first statement of its body (the docstring counts), and of the end of the last. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** Something in it or right behind it cannot be read: it may say more than is known. Of classes at the top of a file. */
  readonly isBroken?: true;
}
