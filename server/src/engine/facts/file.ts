import type { Argument, AttributeDeclaration, Call, ClassDeclaration, Expression, FunctionDeclaration, ImportDeclaration, Statement } from "./expressions";
import type { Span } from "../source";

/** The languages a front end exists for. */
export type Language = "python" | "django-template" | "jinja" | "typescript" | "prisma";

/** What other files may rely on. */
export interface Declarations {
  /** Module-level imports in order, those under `if`/`try` included. */
  readonly imports: readonly ImportDeclaration[];
  readonly classes: readonly ClassDeclaration[];
  readonly functions: readonly FunctionDeclaration[];
  /** Module-level assignments in order, those under `if`/`try` included. */
  readonly values: readonly AttributeDeclaration[];
  /** String items of a module-level `__all__`, when it is a plain list. In TypeScript and JavaScript all names that are exported, re-exports by name included, those of `export *` aside. */
  readonly exports?: readonly string[];
  /**
   * `export { local as exported }`, `export default local`, `exports.exported = local`: names that importers know under another name than the file does.
   * `module.exports = local` and `export = local` are known as "export=": what `require` gives. Functions, classes and values that have no name of their
   * own are declared under "default" and "export=".
   */
  readonly renames?: readonly { readonly exported: string; readonly local: string }[];
  /** Type aliases: `type Context = { prisma: PrismaClient }` has its type as annotation. */
  readonly types?: readonly AttributeDeclaration[];
  /** `"use server"`, `"use client"` before all other statements. */
  readonly directive?: string;
  /** Statements of SQL in a script's strings that make tables or indexes, as far as they stand in one piece. */
  readonly sql?: readonly string[];
  /** What a Prisma schema says. */
  readonly schema?: SchemaDeclaration;
  /** Calls of methods that are statements of the module, those under `if`/`try`/`with` included: what importing it does (`admin.site.register(Book)`). Of scripts also calls with `new` and those that are handed functions or names. */
  readonly calls?: readonly Call[];
  /** Present for templates. Their macros are `functions`. */
  readonly template?: TemplateDeclaration;
}

/** One file of a Prisma schema. */
export interface SchemaDeclaration {
  readonly blocks: readonly SchemaBlock[];
}

/** `model User { … }`, `enum`, `view`, `type`, `datasource`, `generator`. */
export interface SchemaBlock extends Span {
  readonly form: "model" | "view" | "type" | "enum" | "datasource" | "generator";
  readonly name: string;
  readonly nameStart: number;
  readonly nameEnd: number;
  /** Offset behind `{`, and of `}`. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly fields: readonly SchemaField[];
  /** `@@index([…])`. */
  readonly attributes: readonly SchemaAttribute[];
  /** `provider = "postgresql"` in a datasource or generator. */
  readonly settings: readonly { readonly name: string; readonly value: Expression }[];
  /** Something in it could not be read. */
  readonly isBroken?: true;
}

export interface SchemaField extends Span {
  readonly name: string;
  readonly nameStart: number;
  readonly nameEnd: number;
  /** The type's name, `String`, `User`; `Unsupported` for what Prisma does not know. */
  readonly type: string;
  readonly isList: boolean;
  readonly isOptional: boolean;
  readonly attributes: readonly SchemaAttribute[];
}

/** `@id`, `@relation(fields: [authorId], references: [id])`, `@@index([a(sort: Desc)])`, `@db.VarChar(20)`; without the `@`. Values are lowered as calls, lists and literals. */
export interface SchemaAttribute extends Span {
  readonly name: string;
  readonly arguments: readonly Argument[];
}

export interface TemplateDeclaration {
  /** `{% extends expression %}`. */
  readonly extends?: Expression;
  /** Libraries named by `{% load %}`. */
  readonly loads: readonly string[];
  /** Names of its blocks, in order. */
  readonly slots: readonly string[];
  /** `{% from "forms.html" import field as input %}`; without `name`, `local` is the whole template. */
  readonly imports: readonly { readonly template: Expression; readonly name?: string; readonly local: string }[];
  /** Texts of all templates that it names, to know which files belong together. */
  readonly references: readonly string[];
}

/** `scale-hints: ignore[rule, rule] -- reason` in a comment. */
export interface Suppression {
  /** Empty: every rule. */
  readonly rules: readonly string[];
  readonly reason: string;
  /** The comment itself. */
  readonly span: Span;
  /** Zero-based line the suppression speaks of: its own line, or the next one when the comment stands alone. */
  readonly line: number;
  /** `ignore-file`: speaks of the whole file. */
  readonly wholeFile: boolean;
}

/** What one file says, without any other file. Plain, frozen and serialisable. */
export interface FileFacts {
  readonly uri: string;
  readonly language: Language;
  readonly declares: Declarations;
  /** Statements by function id; the module's own under "" (definitions included as statements). */
  readonly bodies: Readonly<Record<string, readonly Statement[]>>;
  /** Every function that is written as an expression, in order. */
  readonly closures?: readonly FunctionDeclaration[];
  readonly suppressions: readonly Suppression[];
  /** Spans the parser could not read. */
  readonly errors: readonly Span[];
  readonly fingerprint: {
    /** Of `declares`, spans left out: equal means that no other file can tell the difference, function bodies aside. */
    readonly declares: string;
    /** Of each body by function id, spans left out. */
    readonly bodies: Readonly<Record<string, string>>;
  };
}
