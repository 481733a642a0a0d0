import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rulesFolder, topics } from "./catalogue";

const [path = ""] = process.argv.slice(2);
const match = /^([a-z-]+)\/([a-z]+(?:-[a-z]+)*)$/.exec(path);

if (!match || !topics.has(match[1])) {
  console.error(`usage: npm run new-rule <topic>/<id>\n  topic: ${[...topics.keys()].join(", ")}\n  id: names the problem and reads well after "ignore": count-by-length`);
  process.exitCode = 2;
} else {
  const [, topic, id] = match;
  const folder = join(rulesFolder, topic, id);
  if (existsSync(join(folder, "rule.ts"))) {
    console.error(`rules/${topic}/${id} is there already`);
    process.exitCode = 2;
  } else {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "rule.ts"), ruleText(id));
    writeFileSync(join(folder, "doc.md"), docText(id));
    writeFileSync(join(folder, "cases.md"), casesText(id));
    console.log(`wrote rules/${topic}/${id}/{rule.ts,doc.md,cases.md}\nNext: write cases.md (cases-prisma.md and the like for other frameworks) and see it fail, then rule.ts, then doc.md; npm run generate; npm test`);
  }
}

function ruleText(id: string): string {
  return `import { defineRule } from "#engine";

/** TODO: one sentence: what is seen, and what it costs. */
export default defineRule({
  id: "${id}",
  summary: "TODO one line for the catalogue",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    found: {
      what: "\`{entity}\` TODO states the problem",
      why: "TODO gives the growth",
      instead: "TODO advises",
    },
  },
  check: {
    queryRun(run, { report }) {
      // Guards first; when something cannot be known, return.
      if (!run.sends) return;
      report("found", { at: run.at, values: { entity: run.query.entity } });
    },
  },
});
`;
}

function docText(id: string): string {
  const title = id.replace(/-/g, " ");
  return `# ${title.charAt(0).toUpperCase()}${title.slice(1)}

TODO one or two sentences.

## What it sees

\`\`\`py bad
from shop.models import Order

def orders():
    return TODO
\`\`\`

### Prisma

TODO a section per framework whose code looks different; its examples stand in the framework's shop (test/harness/shops).

\`\`\`ts bad
export const orders = () => TODO;
\`\`\`

## Why it does not scale

TODO how the cost grows with the table.

## How to fix it

\`\`\`py good
from shop.models import Order

def orders():
    return TODO
\`\`\`

### Prisma

\`\`\`ts good
export const orders = () => TODO;
\`\`\`

## When to ignore it

TODO when it is right as it is.

## References

- TODO the framework's documentation
`;
}

function casesText(id: string): string {
  return `# ${id}

## Reports TODO the plain case

TODO why this is the right behaviour.

\`\`\`py shop/views.py
from shop.models import Order

def orders():
    return TODO  # expect: ${id} "TODO part of the message"
\`\`\`

## Is silent TODO the near miss

TODO why.

\`\`\`py shop/views.py
from shop.models import Order

def orders():
    return TODO
\`\`\`

## Reports through a helper in another file

TODO why.

\`\`\`py shop/helpers.py
TODO
\`\`\`

\`\`\`py shop/views.py
TODO
\`\`\`

## Reports beside broken syntax

Code that is being typed hides nothing else.

\`\`\`py shop/views.py
from shop.models import Order

def broken(:
    x = =

def orders():
    return TODO  # expect: ${id}
\`\`\`
`;
}
