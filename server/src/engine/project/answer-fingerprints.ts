import type { Expression, FileFacts } from "../facts";
import type { ProjectCore } from "./adapter";
import type { ClassResolver } from "./classes";
import type { Deployment } from "./deployment";
import { structuralFingerprint } from "./fingerprint";
import { textOfGiven, type GivenParameters } from "./given";
import type { LinkedFrameworks, Registrations } from "./frameworks";
import type { Implementers } from "./implementers";
import type { ClassRef, DatabaseEngine, Entity, FunctionRef, Symbol, TemplateFunction, TemplateFunctionKind } from "./model";
import type { NameResolver } from "./names";
import type { Packages } from "./packages";
import type { Reach } from "./reach";

/** What a link answers, without noting that it was asked. */
export interface Answers {
  readonly files: ReadonlyMap<string, FileFacts>;
  readonly names: NameResolver;
  readonly classes: ClassResolver;
  readonly implementers: Implementers;
  readonly core: ProjectCore;
  readonly packages: Packages;
  readonly frameworks: LinkedFrameworks;
  readonly registered: Registrations;
  readonly reach: Reach;
  givenTo(key: string): GivenParameters;
  readonly engine: DatabaseEngine;
  schemas(): readonly FileFacts[];
  settingOf(name: string): { readonly uri: string; readonly expression: Expression } | undefined;
  requiresPackage(name: string): boolean;
  versionOf(packageName: string): readonly [number, number] | undefined;
  deploymentOf(settingsUri: string): Deployment | undefined;
  findTemplate(name: string, from: string | undefined): string | undefined;
  findTemplateFunction(kind: TemplateFunctionKind, name: string, loads: readonly string[], from: string | undefined): TemplateFunction | undefined;
  externalEntity(name: string): Entity | undefined;
  findClass(key: string): ClassRef | undefined;
  findFunction(key: string): FunctionRef | undefined;
}

/** Keys whose answers rest on who calls whom, in all files. */
export function isReachKey(key: string): boolean {
  return key.startsWith("reach:") || key.startsWith("routes:");
}

/** Keys whose answers rest on what all callers write. */
export function isGivenKey(key: string): boolean {
  return key.startsWith("given:");
}

/** Digests of the answers of one link, by the keys that `recording` gives. */
export class AnswerFingerprints {
  /** `known`: those of whatever links share them, but for bodies, reach and what is given. `ofDeclarations`: of immutable data, for all links. */
  constructor(
    private readonly answers: Answers,
    private readonly known: Map<string, string>,
    private readonly ofDeclarations: WeakMap<object, string>,
  ) {}

  of(key: string): string {
    if (key.startsWith("body:")) return this.compute(key);
    if (isReachKey(key)) return this.ofReach(key);
    if (isGivenKey(key)) return this.answers.givenTo(key.slice(key.indexOf(":") + 1)).map(textOfGiven).join(",");
    let fingerprint = this.known.get(key);
    if (fingerprint === undefined) this.known.set(key, (fingerprint = this.compute(key)));
    return fingerprint;
  }

  private ofReach(key: string): string {
    const asked = key.slice(key.indexOf(":") + 1);
    if (key.startsWith("routes:")) return structuralFingerprint(this.answers.reach.routesOf(asked).map(({ methods, path }) => [methods, path]));
    const { entry, direct, forAdministrators } = this.answers.reach.of(asked);
    return `${entry} ${direct} ${forAdministrators === true} ${this.answers.reach.isUncalled(asked)}`;
  }

  private compute(key: string): string {
    const colon = key.indexOf(":");
    const kind = key.slice(0, colon);
    const rest = key.slice(colon + 1);
    // No URI has a raw "#", names inside a file may (`total#2`).
    const sharp = rest.indexOf("#");
    const uri = rest.slice(0, sharp);
    const inner = rest.slice(sharp + 1);
    switch (kind) {
      case "name":
        return this.ofSymbol(this.answers.names.resolve(uri, inner));
      case "member":
        return this.ofSymbol(this.answers.names.moduleMember(uri, inner));
      case "import": {
        const [level, module, name] = inner.split(":");
        return this.ofSymbol(this.answers.names.resolveImport(uri, decodeURIComponent(module), Number(level), name));
      }
      case "module":
        return this.answers.core.module(rest)?.uri ?? "";
      case "class":
        return this.ofClass(rest);
      case "implementer": {
        const asked = this.answers.findClass(rest);
        return (asked && this.answers.implementers.only(asked)?.key) ?? "";
      }
      case "handler": {
        const asked = this.answers.findClass(rest);
        return (asked && this.answers.reach.handlerOf(asked)?.key) ?? "";
      }
      case "entity": {
        const entity = this.answers.frameworks.entities.get(rest);
        return entity ? this.ofEntity(entity) : "";
      }
      case "entity-of":
        return this.answers.frameworks.byClass.get(rest)?.key ?? "";
      case "external-entity":
        return this.answers.externalEntity(rest)?.key ?? "";
      case "entities":
        return structuralFingerprint([...this.answers.frameworks.entities.keys()].map((each) => this.of(`entity:${each}`)));
      case "setting": {
        const setting = this.answers.settingOf(rest);
        return setting ? structuralFingerprint(setting.uri, setting.expression) : "";
      }
      case "engine":
        return this.answers.engine;
      case "version":
        return this.answers.versionOf(rest)?.join(".") ?? "";
      case "version-for":
        return (this.answers.packages.versionFor(uri, inner) ?? this.answers.versionOf(inner))?.join(".") ?? "";
      case "template":
        return this.answers.findTemplate(inner, uri || undefined) ?? "";
      case "template-function": {
        const [way, name, ...loads] = inner.split(" ");
        const found = this.answers.findTemplateFunction(way as TemplateFunctionKind, name, loads, uri || undefined);
        return found ? `${found.as} ${found.function.key} ${found.template ?? ""} ${found.takesContext}` : "";
      }
      case "registered-for":
        return (this.answers.registered.byClass.get(rest) ?? []).map((each) => each.entity).join(" ");
      case "registrations":
        return (this.answers.registered.byEntity.get(rest) ?? []).map((each) => each.class?.key ?? "-").join(" ");
      case "schemas":
        return this.answers.schemas().map((each) => `${each.uri} ${each.fingerprint.declares}`).join(" ");
      case "declares":
        return this.answers.files.get(rest)?.fingerprint.declares ?? "";
      case "requires":
        return String(this.answers.requiresPackage(rest));
      case "deployment": {
        const deployment = this.answers.deploymentOf(rest);
        return deployment ? structuralFingerprint(deployment) : "";
      }
      case "function": {
        const found = this.answers.findFunction(rest);
        return found ? this.ofDeclaration(found.declaration) : "";
      }
      case "body":
        return this.answers.files.get(uri)?.fingerprint.bodies[inner] ?? "";
      default:
        return "";
    }
  }

  private ofSymbol(symbol: Symbol | undefined): string {
    switch (symbol?.kind) {
      case "class":
        return `class ${this.of(`class:${symbol.class.key}`)}`;
      case "function":
        return `function ${symbol.function.key} ${this.ofDeclaration(symbol.function.declaration)}`;
      case "value":
        return `value ${symbol.uri} ${this.ofDeclaration(symbol.value)}`;
      case "type":
        return `type ${symbol.uri} ${this.ofDeclaration(symbol.type)}`;
      case "module":
        return `module ${symbol.uri}`;
      case "external":
        return `external ${symbol.name}`;
      case undefined:
        return "";
    }
  }

  /** Of the class with everything it inherits. */
  private ofClass(key: string): string {
    const ref = this.answers.findClass(key);
    if (!ref) return "";
    return structuralFingerprint(this.answers.classes.ancestors(ref).map((each) => ("class" in each ? [each.class.key, this.ofDeclaration(each.class.declaration)] : each.external)));
  }

  /** Of immutable data that several answers share: computed once for all links. */
  private ofDeclaration(declaration: object): string {
    let fingerprint = this.ofDeclarations.get(declaration);
    if (!fingerprint) this.ofDeclarations.set(declaration, (fingerprint = structuralFingerprint(declaration)));
    return fingerprint;
  }

  /** Of everything a check can see of an entity but where it stands; the class's own members have a key of their own. */
  private ofEntity(entity: Entity): string {
    const { class: declaringClass, meta, managers, fields, relations, queryNames, indexes, sources, ...rest } = entity;
    return structuralFingerprint(
      rest,
      declaringClass?.key,
      [...managers.values()].map((each) => [each.name, each.class?.key, each.queryset?.key, each.opaque]),
      [...fields.values()].map((each) => this.ofDeclaration(each)),
      [...relations.values()].map((each) => this.ofDeclaration(each)),
      [...queryNames].map(([name, target]) => [name, target.kind, target.name]),
      indexes,
      meta !== undefined,
      [...(sources ?? [])],
    );
  }
}
