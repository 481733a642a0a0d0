import { createServer, type Server, type Socket } from "node:net";
import { PGlite } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { record, type Statement } from "./statements";

/**
 * PostgreSQL in this process: PGlite behind a socket, so that every library uses the driver that it uses in production.
 * What arrives on the wire is what is counted: a simple query or the execution of a prepared one is one statement.
 */
export interface Postgres {
  readonly db: PGlite;
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Empties the database; `pg_trgm` stays. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

let running: Promise<Postgres> | undefined;

/** The one PostgreSQL that all proofs share. */
export function postgres(): Promise<Postgres> {
  return (running ??= start());
}

/** A PostgreSQL of its own whose databases sort as people do: what most servers have, and where a plain index serves no `LIKE 'x%'`. */
export function englishPostgres(): Promise<Postgres> {
  return start(["--locale=en_US.UTF-8"]);
}

export async function stopPostgres(): Promise<void> {
  if (running) await (await running).stop();
  running = undefined;
}

/** The indexes of a table as `columns` or `unique columns`, primary keys apart. */
export async function postgresIndexes(table: string): Promise<readonly string[]> {
  const { db } = await postgres();
  const { rows } = await db.query<{ def: string; uniq: boolean }>(
    "select pg_get_indexdef(i.indexrelid) as def, i.indisunique as uniq from pg_index i where i.indrelid = to_regclass($1) order by i.indisprimary desc, 1",
    [`"${table}"`],
  );
  return rows.map(({ def, uniq }) => `${uniq ? "unique " : ""}${def.replace(/^.* USING btree /, "").replace(/^.* USING /, "").replaceAll('"', "")}`).sort();
}

const CANCEL_REQUEST = 80877102;
const SSL_REQUEST = 80877103;

async function start(initDbStartParams: string[] = []): Promise<Postgres> {
  const db = await PGlite.create({ extensions: { pg_trgm }, ...(initDbStartParams.length > 0 && { initDbStartParams }) });
  const session = new Session(db);
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    serve(socket, session);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const reset = async () => {
    await db.exec("DEALLOCATE ALL; DROP SCHEMA public CASCADE; CREATE SCHEMA public; SET search_path TO public; CREATE EXTENSION IF NOT EXISTS pg_trgm");
  };
  await reset();
  return {
    db,
    host: "127.0.0.1",
    port,
    url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`,
    reset,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await db.close();
    },
  };
}

/** PGlite is one session. Connections take turns at it, a message group at a time, and one that is in a transaction keeps it. */
class Session {
  private readonly waiting: { readonly owner: object; readonly messages: readonly Buffer[]; readonly answer: (data: Uint8Array) => void }[] = [];
  private owner: object | undefined;
  private busy = false;

  constructor(private readonly db: PGlite) {}

  run(owner: object, messages: readonly Buffer[], answer: (data: Uint8Array) => void): void {
    this.waiting.push({ owner, messages, answer });
    void this.pump();
  }

  /** A connection has gone: its transaction goes with it. */
  async leave(owner: object): Promise<void> {
    if (this.owner !== owner) return;
    await this.db.exec("ROLLBACK");
    this.owner = undefined;
    void this.pump();
  }

  private async pump(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (;;) {
      const next = this.waiting.findIndex(({ owner }) => !this.owner || owner === this.owner);
      if (next < 0) break;
      const [{ owner, messages, answer }] = this.waiting.splice(next, 1);
      for (const message of messages) {
        const data = await this.db.execProtocolRaw(message);
        const status = lastStatus(data);
        if (status) this.owner = status === "I" ? undefined : owner;
        answer(data);
      }
    }
    this.busy = false;
  }
}

/** The transaction status of the last ReadyForQuery in an answer. */
function lastStatus(data: Uint8Array): string | undefined {
  let status: string | undefined;
  for (const [kind, start] of messagesIn(data)) if (kind === "Z") status = String.fromCharCode(data[start]);
  return status;
}

function* messagesIn(data: Uint8Array): Generator<readonly [string, number]> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at + 5 <= data.length; at += 1 + view.getInt32(at + 1)) yield [String.fromCharCode(data[at]), at + 5];
}

/** Speaks the protocol's start, then hands message groups to the session and writes down what is executed. */
function serve(socket: Socket, session: Session): void {
  const owner = {};
  let buffer = Buffer.alloc(0);
  let started = false;
  let group: Buffer[] = [];
  const names = new Map<string, string>();
  const portals = new Map<string, string>();
  const open: Statement[] = [];

  const answer = (data: Uint8Array) => {
    let at = 0;
    for (const [kind] of messagesIn(data)) {
      if (kind === "D" && open[at]) open[at].rows++;
      if ((kind === "C" || kind === "I" || kind === "E") && at < open.length - 1) at++;
      if (kind === "Z") open.length = 0;
    }
    if (socket.writable) socket.write(data);
  };
  const read = (message: Buffer) => {
    const kind = String.fromCharCode(message[0]);
    const [first, second] = [textAt(message, 5), textAt(message, 5 + textAt(message, 5).length + 1)];
    if (kind === "Q") open.push(record(first));
    else if (kind === "P") names.set(first, second);
    else if (kind === "B") portals.set(first, second);
    else if (kind === "E") open.push(record(names.get(portals.get(first) ?? "") ?? "?"));
  };

  socket.on("close", () => void session.leave(owner));
  socket.on("data", (data) => {
    buffer = Buffer.concat([buffer, data as Buffer]);
    for (;;) {
      const header = started ? 1 : 0;
      if (buffer.length < header + 4) return;
      const length = header + buffer.readInt32BE(header);
      if (buffer.length < length) return;
      const message = Buffer.from(buffer.subarray(0, length));
      buffer = buffer.subarray(length);
      if (!started) {
        const code = message.readInt32BE(4);
        if (code === SSL_REQUEST) socket.write("N");
        else if (code === CANCEL_REQUEST) socket.end();
        else {
          started = true;
          socket.write(GREETING);
        }
        continue;
      }
      const kind = String.fromCharCode(message[0]);
      if (kind === "X") return void socket.end();
      read(message);
      group.push(message);
      if (kind === "Q" || kind === "S" || kind === "H") {
        session.run(owner, group, answer);
        group = [];
      }
    }
  });
}

function textAt(message: Buffer, start: number): string {
  const end = message.indexOf(0, start);
  return end < 0 ? "" : message.toString("utf8", start, end);
}

const GREETING = Buffer.concat([
  reply("R", Buffer.from([0, 0, 0, 0])),
  ...Object.entries({ server_version: "18.0", client_encoding: "UTF8", standard_conforming_strings: "on", DateStyle: "ISO, MDY", TimeZone: "UTC", integer_datetimes: "on" }).map(([name, value]) => reply("S", Buffer.from(`${name}\0${value}\0`))),
  reply("K", Buffer.alloc(8)),
  reply("Z", Buffer.from("I")),
]);

function reply(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind, 0);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
