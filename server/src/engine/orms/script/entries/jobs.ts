import type { Call, Expression, FileFacts, Statement } from "../../../facts";
import { blocksOf, forEachChild } from "../../../facts";
import { referencesOf, type EntryPoint } from "../../../project";
import type { FoundEntries } from "./found";
import { argument, calleeName, entryOf, nameOf, packageOf, type Place, type ScriptReader } from "./reader";

/** Packages whose calls run functions later, on a schedule, for messages, for sockets or for commands. */
const RUNNERS = /^(bullmq|bull|bee-queue|agenda|@hokify\/agenda|node-cron|cron|croner|node-schedule|kafkajs|amqplib|amqp-connection-manager|pg-boss|graphile-worker|sqs-consumer|inngest(\/.*)?|@trigger\.dev\/sdk(\/.*)?|socket\.io|ws|commander|yargs(\/.*)?|cac|citty|sade|@commander-js\/.*|firebase-functions(\/.*)?|@google-cloud\/functions-framework|@azure\/functions|nats|mqtt|ioredis|fastq|p-queue|@nestjs\/core|nest-commander|@temporalio\/.*|@upstash\/.*|@vercel\/.*|@defer\/.*|quirrel\/.*|bree|toad-scheduler|sst(\/.*)?)$/;

/** Finds in a call the functions that it hands over to be run, and by what. */
type Finder = (call: Call, name: string, object: string) => readonly (readonly [Expression | undefined, EntryPoint])[];

const last = (call: Call): Expression | undefined => call.arguments.at(-1)?.value;
const options = (call: Call): Expression | undefined => call.arguments.map((each) => each.value).findLast((each) => each.kind === "mapping");

const FINDERS: readonly Finder[] = [
  // BullMQ: `new Worker("orders", async (job) => …)`.
  (call, name) => (call.form === "new" && /^(Worker|QueueWorker)$/.test(name) ? [[argument(call, 1), "task"]] : []),
  // Bull and bee-queue: `queue.process("name", 5, fn)`; pg-boss: `boss.work("name", fn)`; agenda: `agenda.define("name", fn)`.
  (call, name, object) => (/^process$/.test(name) && /queue|q$/i.test(object) ? [[last(call), "task"]] : []),
  (call, name, object) => (/^(work|define|schedule|scheduleJob|createSchedule)$/.test(name) && /boss|agenda|cron|schedule|nodeCron|trigger/i.test(object) ? [[last(call), "task"], [argument(call, 1), "task"]] : []),
  // `new CronJob("0 * * * *", fn)`, `CronJob.from({ onTick })`, `Cron("0 * * * *", fn)`.
  (call, name) => (/^(CronJob|Cron)$/.test(name) ? [[argument(call, 1), "task"], [argument(call, 2), "task"], [entryOf(options(call), "onTick"), "task"]] : []),
  (call, name, object) => (name === "from" && object === "CronJob" ? [[entryOf(options(call), "onTick"), "task"]] : []),
  // Inngest, Trigger.dev.
  (call, name) => (name === "createFunction" ? [[last(call), "task"]] : []),
  (call, name) => (/^(task|schemaTask|defineJob|defineTask)$/.test(name) ? [[entryOf(options(call), "run"), "task"]] : []),
  // Kafka, AMQP, SQS, Redis, NATS.
  (call, name) => (name === "run" ? [[entryOf(options(call), "eachMessage"), "task"], [entryOf(options(call), "eachBatch"), "task"]] : []),
  (call, name) => (name === "consume" ? [[argument(call, 1), "task"]] : []),
  (call, name, object) => (name === "create" && object === "Consumer" ? [[entryOf(options(call), "handleMessage"), "task"], [entryOf(options(call), "handleMessageBatch"), "task"]] : []),
  // Sockets: `io.on("connection", (socket) => …)`.
  (call, name, object) => (/^(on|once)$/.test(name) && /^(io|socket|wss?|server|nsp|client|connection)$/i.test(object) && call.arguments.length === 2 ? [[argument(call, 1), "socket"]] : []),
  // Commands: commander, cac, sade; yargs.
  (call, name) => (name === "action" && call.arguments.length === 1 ? [[argument(call, 0), "command"]] : []),
  (call, name) => (name === "command" ? [[call.arguments.length > 2 ? last(call) : undefined, "command"], [entryOf(options(call), "handler"), "command"]] : []),
  (call, name) => (name === "defineCommand" ? [[entryOf(options(call), "run"), "command"]] : []),
  // Firebase and cloud functions.
  (call, name) => (/^(onRequest|onCall)$/.test(name) ? [[last(call), "request"]] : []),
  (call, name, object) => (/^(onSchedule|onDocument(Created|Updated|Written|Deleted)|onMessagePublished|onRun|onPublish|onTaskDispatched|onObjectFinalized)$/.test(name) || (/^on(Create|Update|Write|Delete)$/.test(name) && object !== "") ? [[last(call), "task"]] : []),
  (call, name, object) => (/^(http)$/.test(name) && /^(app|functions)$/.test(object) ? [[last(call), "request"], [entryOf(options(call), "handler"), "request"]] : []),
  (call, name, object) => (/^(timer|storageQueue|serviceBusQueue|eventHub)$/.test(name) && object === "app" ? [[entryOf(options(call), "handler"), "task"]] : []),
];

/** Functions that are handed to queues, schedulers, consumers, sockets and command lines, and those that clouds call by what a file exports. */
export function findJobs(found: FoundEntries, reader: ScriptReader): void {
  const { core } = found;
  for (const uri of core.uris) {
    const facts = core.files.get(uri)!;
    if (facts.language !== "typescript") continue;
    cloudFunctions(found, reader, facts);
    typedProcessors(found, facts);
    const runners = runnersIn(reader, facts);
    if (runners.size === 0) continue;
    const place: Place = { uri };
    const walk = (node: Expression, at: Place): void => visit(found, reader, at, node);
    for (const call of facts.declares.calls ?? []) walk(call, place);
    for (const each of facts.declares.values) if (each.value) walk(each.value, place);
    const inside = new Set(referencesOf(facts).references.flatMap(({ from, path }) => (from !== "" && path && runners.has(path[0]) ? [from] : [])));
    for (const id of inside) {
      const fn = core.functionByKey(`${uri}#${id}`);
      if (fn) block(reader.inside(fn, place), reader.statements(fn), walk);
    }
    for (const { attributes } of facts.declares.classes) for (const { value } of attributes) if (value) walk(value, place);
  }
}

/** Names of clients that other modules make: `inngest`, `queue`, `agenda`. */
const CLIENT_NAME = /inngest|agenda|queue|boss|worker|cron|consumer|channel|kafka|^io$|socket|program|^cli$|client|trigger|schedul/i;

/** Names that stand for what the packages have, and for what is made with them, here or in a module that is imported. */
function runnersIn(reader: ScriptReader, { uri, declares }: FileFacts): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { local, module, typeOnly } of declares.imports) {
    if (typeOnly || !local) continue;
    if (RUNNERS.test(module) || (CLIENT_NAME.test(local) && isMadeByRunner(reader, uri, local))) names.add(local);
  }
  for (const { name, value } of declares.values) if (value && names.has(rootName(value))) names.add(name);
  return names;
}

function isMadeByRunner(reader: ScriptReader, uri: string, name: string): boolean {
  const symbol = reader.core.resolveName(uri, name);
  const value = symbol?.kind === "value" ? symbol.value.value : undefined;
  const made = value && symbol?.kind === "value" ? reader.core.resolveName(symbol.uri, rootName(value)) : undefined;
  return made?.kind === "external" && RUNNERS.test(packageOf(made.name));
}

/** The name that a chain of calls and attributes starts with. */
function rootName(node: Expression): string {
  switch (node.kind) {
    case "name": return node.name;
    case "attribute": return rootName(node.object);
    case "call": return rootName(node.callee);
    case "await":
    case "cast": return rootName(node.operand);
    default: return "";
  }
}

function block(place: Place, statements: readonly Statement[], walk: (node: Expression, place: Place) => void): void {
  for (const statement of statements) {
    if (statement.kind === "expression") walk(statement.expression, place);
    else if ((statement.kind === "assign" || statement.kind === "return") && statement.value) walk(statement.value, place);
    for (const inner of blocksOf(statement)) block(place, inner, walk);
  }
}

function visit(found: FoundEntries, reader: ScriptReader, place: Place, node: Expression): void {
  if (node.kind === "function" || node.kind === "class") return;
  if (node.kind === "call") {
    const object = node.callee.kind === "attribute" ? objectName(node.callee.object) : "";
    for (const find of FINDERS) {
      for (const [given, entry] of find(node, calleeName(node), object)) {
        for (const key of reader.handlers(place, given)) {
          if (entry === "request") found.request(key);
          else found.start(key, entry);
        }
      }
    }
  }
  forEachChild(node, (child) => visit(found, reader, place, child));
}

/** Packages whose types of jobs and processors say what a function is for: *BullMQ, Processor*; *Bull, ProcessCallbackFunction*. */
const QUEUES = /^(bullmq|bull|@nestjs\/bull(mq)?|bee-queue|pg-boss|agenda)$/;

/** `const send: Processor = async (job) => …`, `async function send(job: Job<Mail>)`: a queue runs them, wherever they are handed over. */
function typedProcessors(found: FoundEntries, { uri, declares, closures }: FileFacts): void {
  const types = new Set(declares.imports.flatMap(({ module, name, local }) => (local && QUEUES.test(module) && /^(Job|JobJson|Processor|SandboxedJob|ProcessCallbackFunction|ProcessPromiseFunction)$/.test(name ?? "") ? [local] : [])));
  if (types.size === 0) return;
  const isTyped = (type: Expression | undefined): boolean => type !== undefined && types.has(nameOf(type));
  for (const fn of [...declares.functions, ...(closures ?? [])]) {
    if (isTyped(fn.parameters[0]?.annotation) || (fn.annotation && isTyped(fn.annotation) && fn.isArrow)) found.start(`${uri}#${fn.id}`, "task");
  }
}

function objectName(node: Expression): string {
  if (node.kind === "call") return objectName(node.callee);
  return nameOf(node);
}

/** Which event a function of a cloud is handed, by the name of the event's type. */
const CLOUD_EVENTS: readonly (readonly [RegExp, EntryPoint])[] = [
  [/^(APIGateway\w*|ALB\w*|LambdaFunctionURL\w*|HttpRequest|ProxyHandler|ValidatedEventAPIGatewayProxyEvent)$/, "request"],
  [/^(SQS\w*|SNS\w*|S3\w*|Scheduled\w*|DynamoDB\w*|Kinesis\w*|EventBridge\w*|CloudWatch\w*|MSK\w*|SES\w*)$/, "task"],
];

/** `export const handler = async (event: SQSEvent) => …`, `export default { fetch(request) {…}, scheduled() {…} }`. */
function cloudFunctions(found: FoundEntries, reader: ScriptReader, { uri, declares }: FileFacts): void {
  for (const fn of declares.functions) {
    const types = [...fn.parameters.slice(0, 1).map((each) => each.annotation), fn.annotation];
    const entry = types.flatMap((each) => (each ? CLOUD_EVENTS.filter(([pattern]) => pattern.test(nameOf(each)) || pattern.test(nameOf(each).replace(/Handler$/, ""))) : []))[0]?.[1];
    if (entry === "request") found.request(`${uri}#${fn.id}`);
    else if (entry) found.start(`${uri}#${fn.id}`, entry);
  }
  const worker = declares.values.find((each) => each.name === "default")?.value;
  const entries = reader.entries({ uri }, worker);
  if (!entries.some((each) => /^(fetch|scheduled|queue)$/.test(each.name))) return;
  for (const { name, value, place } of entries) {
    for (const key of reader.handlers(place, value)) {
      if (name === "fetch") found.request(key);
      else if (/^(scheduled|queue|email)$/.test(name)) found.start(key, "task");
    }
  }
}
