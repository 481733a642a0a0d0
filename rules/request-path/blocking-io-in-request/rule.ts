import { defineRule } from "#engine";
import type { EntryPoint, FixProposal, OutsideCall } from "#engine";

/** A request waits for a server, a mail, a process or the clock, and holds a worker meanwhile. */
export default defineRule({
  id: "blocking-io-in-request",
  summary: "A response waits for mail, other servers, processes or the clock",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    mail: {
      what: "a mail is sent while {who} waits",
      why: "every response takes as long as the mail server does, and fails with it",
      instead: "send it from a background task",
    },
    http: {
      what: "`{call}()` waits without a timeout",
      why: "a server that does not answer holds a worker for ever, and a few such requests hold all",
      instead: "pass a `timeout`, or call it from a background task",
    },
    sleep: {
      what: "`{call}()` lets {who} wait",
      why: "a worker serves nobody else meanwhile",
      instead: "leave the waiting to a background task, or to the client",
    },
    process: {
      what: "`{call}()` starts a process and waits for it while {who} waits",
      why: "each needs a worker and memory of its own for as long as it runs",
      instead: "run it in a background task",
    },
  },
  check: {
    outsideCall(event, { report }) {
      // Nobody else waits for what gives a promise.
      if (!WAITED_FOR.has(event.entry) || event.isAsynchronous || isShort(event)) return;
      if (event.io === "http" && event.timeout !== "none") return;
      report(event.io, {
        at: event.at,
        values: { call: nameOf(event), who: event.entry === "socket" ? "a connection" : "a request" },
        fixes: event.io === "http" ? [addTimeout(event)] : [],
        hint: event.io === "http" ? "no timeout" : "blocks a worker",
      });
    },
  },
});

const WAITED_FOR: ReadonlySet<EntryPoint> = new Set(["request", "socket", "middleware", "context-processor"]);

/** Nobody notices a tenth of a second. */
function isShort(event: OutsideCall): boolean {
  return event.seconds !== undefined && event.seconds <= 0.1;
}

/** `requests.get`, as people know it. */
function nameOf({ name }: OutsideCall): string {
  const parts = name.split(".");
  return parts[0] === "requests" || parts[0] === "httpx" ? `${parts[0]}.${parts.at(-1)}` : parts.slice(-2).join(".");
}

function addTimeout({ at, expression }: OutsideCall): FixProposal {
  return {
    title: "Give up after 10 seconds",
    safety: "review",
    preferred: true,
    build(text) {
      const source = text(at.uri);
      if (source === undefined) return undefined;
      // Behind a comma of the last argument's own.
      const last = expression.arguments.at(-1);
      const start = last?.end ?? expression.open + 1;
      const follows = source.slice(start, expression.close);
      if (last === undefined || follows.includes("#")) return undefined;
      return [{ uri: at.uri, edits: [{ span: { start, end: start }, newText: ", timeout=10" }] }];
    },
  };
}

