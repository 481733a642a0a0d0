import { fingerprintBodies, fingerprintDeclarations, type Declarations, type Expression, type FileFacts, type FunctionDeclaration, type Statement, type TemplateDeclaration } from "../../facts";
import type { Span } from "../../source";
import { findTemplateSuppressions } from "./comments";
import { DEPTH_LIMIT } from "./nodes";

/** One lowering of a template under way: its text and what was found so far. */
export class TemplateLowering {
  // Without a prototype: a macro may be called `constructor`.
  readonly bodies = Object.create(null) as Record<string, readonly Statement[]>;
  readonly loads: string[] = [];
  readonly slots: string[] = [];
  readonly imports: TemplateDeclaration["imports"][number][] = [];
  readonly functions: FunctionDeclaration[] = [];
  extends: Expression | undefined;
  /** Statements and expressions around the current place. */
  depth = 0;
  private readonly errors: Span[] = [];
  private readonly references = new Set<string>();
  private readonly names = Object.create(null) as Record<string, string>;
  private readonly functionIds = new Map<string, number>();

  constructor(readonly text: string, readonly uri: string, private readonly language: "django-template" | "jinja") {}

  /**
   * The text of a name. Asking a dictionary copies the name out of the file, so that facts do not keep whole files in memory, and
   * makes equal names identical.
   */
  name(start: number, end: number, prefix = ""): string {
    const text = prefix + this.text.slice(start, end);
    return (this.names[text] ??= text);
  }

  /** Notes a span that could not be read. */
  fail(start: number, end: number): void {
    this.errors.push({ start, end });
  }

  /** How many more levels an expression or body may have here. */
  get room(): number {
    return DEPTH_LIMIT - this.depth;
  }

  /** An id for a function that no other in the file has. */
  functionId(name: string): string {
    const count = (this.functionIds.get(name) ?? 0) + 1;
    this.functionIds.set(name, count);
    return count === 1 ? name : `${name}#${count}`;
  }

  /** Notes the templates that an expression may name: all strings in it. */
  refer(expression: Expression): void {
    switch (expression.kind) {
      case "literal":
        if (typeof expression.value === "string" && expression.value !== "") this.references.add(expression.value);
        return;
      case "sequence":
        return expression.items.forEach((item) => this.refer(item));
      case "conditional":
        this.refer(expression.then);
        return this.refer(expression.otherwise);
      case "logical":
        this.refer(expression.left);
        return this.refer(expression.right);
      case "call":
        // `name|default:"list.html"`
        return expression.arguments.forEach((argument) => this.refer(argument.value));
      default:
    }
  }

  /** The facts of the whole template. */
  finish(body: readonly Statement[], comments: readonly Span[]): FileFacts {
    this.bodies[""] = body;
    const { imports, functions } = this;
    const template: TemplateDeclaration = Object.freeze({
      ...(this.extends && { extends: this.extends }),
      loads: [...new Set(this.loads)],
      slots: this.slots,
      imports,
      references: [...this.references],
    });
    const declares: Declarations = Object.freeze({ imports: [], classes: [], functions, values: [], template });
    const bodies = Object.freeze(this.bodies);
    return Object.freeze({
      uri: this.uri,
      language: this.language,
      declares,
      bodies,
      suppressions: findTemplateSuppressions(this.text, comments),
      errors: outermost(this.errors),
      fingerprint: Object.freeze({ declares: fingerprintDeclarations(declares), bodies: Object.freeze(fingerprintBodies(bodies)) }),
    });
  }
}

/** Spans in order, without those that lie in others. */
function outermost(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (!last || span.end > last.end) result.push(span);
  }
  return result;
}
