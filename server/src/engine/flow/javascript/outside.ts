import type { OutsideCall } from "../events";
import { external, type Value } from "../values";

/** Functions of Node and of well-known packages that wait for something other than the database, by `<package>.<export>`. */
const KINDS: readonly (readonly [RegExp, OutsideCall["io"]])[] = [
  [/^js\.fetch$|^(node-fetch|cross-fetch|isomorphic-fetch)\.(default|fetch)$|^undici\.(fetch|request)$/, "http"],
  [/^(axios|got|ky)\.(default|axios|got|ky)(\.(get|post|put|patch|delete|head|options|request))?$/, "http"],
  [/^superagent\.(default\.)?(get|post|put|patch|delete|head)$/, "http"],
  // Clients of services: whatever they do is a request.
  [/^stripe\.(default|Stripe)\.(\w+\.)+(create|retrieve|update|list|search|cancel|confirm|capture|del|finalizeInvoice|pay)$/, "http"],
  [/^twilio\.(default|Twilio)\.(\w+\.)+(create|fetch|list)$/, "http"],
  [/^openai\.(default|OpenAI)\.(\w+\.)+(create|generate|parse)$/, "http"],
  [/^@aws-sdk\/client-[\w-]+\.\w+Client\.send$/, "http"],
  [/^nodemailer\.transport\.sendMail$|^resend\.Resend\.emails\.send$|^@sendgrid\/mail\.(default\.)?(send|sendMultiple)$|^postmark\.ServerClient\.sendEmail\w*$/, "mail"],
  [/^(node:)?timers\/promises\.(setTimeout|default\.setTimeout)$|^delay\.default$/, "sleep"],
  [/^(node:)?child_process\.(default\.)?(execSync|spawnSync|execFileSync)$/, "process"],
];

/** Classes and functions whose results are such clients; what they are called with says nothing of what is asked. */
const CLIENTS: readonly (readonly [RegExp, string])[] = [
  [/^(axios|got|ky)\.(default|axios|got|ky)\.(create|extend)$/, "axios.default"],
  [/^stripe\.(default|Stripe)$/, "stripe.default"],
  [/^twilio\.(default|Twilio)$/, "twilio.default"],
  [/^openai\.(default|OpenAI)$/, "openai.default"],
  [/^@aws-sdk\/client-[\w-]+\.\w+Client$/, ""],
  [/^nodemailer\.(default\.)?createTransport$/, "nodemailer.transport"],
  [/^resend\.Resend$/, ""],
  [/^postmark\.ServerClient$/, ""],
];

/** What a function of a package waits for; undefined: nothing that is known. */
export function outsideKind(name: string): OutsideCall["io"] | undefined {
  return KINDS.find(([pattern]) => pattern.test(name))?.[1];
}

/** `new Stripe(key)`, `axios.create(…)`: a client whose methods are known by name. */
export function outsideClient(name: string, varies: number): Value | undefined {
  const found = CLIENTS.find(([pattern]) => pattern.test(name));
  return found && external(found[1] || name, varies);
}
