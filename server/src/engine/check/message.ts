import type { Message } from "../rule";

export type MessageValues = Readonly<Record<string, string | number>>;

/** `numbers` go with the why. `` `order.customer` is loaded again for every `Order`: 1 + N queries. Load `customer` with the query. `` */
export function messageText(message: Message, values: MessageValues, numbers = ""): string {
  const why = [fill(message.why, values), numbers].filter(Boolean).join("; ");
  const what = capitalise(fill(message.what, values));
  return `${why ? `${what}: ${why}` : what}. ${capitalise(fill(message.instead, values))}.`;
}

function fill(template: string, values: MessageValues): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    if (!(name in values)) throw new TypeError(`the message has no value for ${whole}`);
    return String(values[name]);
  });
}

/** Leaves code in backticks as it is. */
function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
