import type { Call, Expression, Mapping } from "../../facts";
import type { ProjectModel } from "../../project";
import { nodesIn, statementsAround } from "./statements";

/**
 * A call whose options stand in a name of the function (`const options = { where }; Order.findAll(options)`), as if they stood in the call: where the name is made of an
 * object literal, and read here and nowhere else. Any other call as it is.
 */
export function withWrittenOptions(call: Call, at: number, uri: string, project: ProjectModel | undefined): Call {
  const argument = call.arguments[at];
  const facts = project?.files.get(uri);
  if (!facts || !argument || argument.spread || argument.value.kind !== "name") return call;
  const { name } = argument.value;
  const body = statementsAround(facts, call).at(-1)?.body;
  if (body === undefined || body === "") return call;
  const nodes = Object.entries(facts.bodies).flatMap(([id, each]) => (id === body || id.startsWith(`${body}.`) ? nodesIn(each) : []));
  const made = nodes.flatMap((node) => (node.kind === "assign" && node.targets.length === 1 && node.targets[0].kind === "name" && node.targets[0].name === name ? [node] : []));
  const mentions = nodes.filter((node) => node.kind === "name" && node.name === name);
  const mapping = made.length === 1 && made[0].value ? mappingIn(made[0].value) : undefined;
  if (!mapping || mentions.length !== 2 || made[0].end > call.start) return call;
  return { ...call, arguments: call.arguments.map((each, index) => (index === at ? { ...each, value: mapping } : each)) };
}

/** `{ … } satisfies FindOptions`, `{ … } as const`. */
function mappingIn(node: Expression): Mapping | undefined {
  if (node.kind === "cast") return mappingIn(node.operand);
  return node.kind === "mapping" ? node : undefined;
}
