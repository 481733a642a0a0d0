import type { FileFacts, KeptAnswers, KeptCheck, KeptPart, KeptSession } from "#engine";
import type { DataKeeper } from "../host/keeper";

/** Where the parts of a pack are in its bytes. */
interface PackIndex {
  /** Names what all parts follow from beside the texts: program, options, folders. */
  readonly state: string;
  /** Digests of the texts of all files, by URI. */
  readonly texts: ReadonlyMap<string, string>;
  readonly facts: Map<string, Place>;
  readonly checks: Map<string, Place>;
  answers: Place;
}

type Place = readonly [start: number, end: number];

/** Behind the index: how long it is, and whose bytes these are. */
const TRAILER_BYTES = 8;
const MAGIC = 0x53484b31;
/** More than this is not worth its place on a disk. */
const MOST_BYTES = 256_000_000;

const NO_ANSWERS: KeptAnswers = { keys: [], fingerprints: [] };

/** Puts what a session keeps into bytes, one part after the other. */
export class PackWriter {
  private readonly chunks: Uint8Array[] = [];
  private readonly index: PackIndex;
  private length = 0;

  constructor(
    private readonly keeper: DataKeeper,
    state: string,
    texts: ReadonlyMap<string, string>,
  ) {
    this.index = { state, texts, facts: new Map(), checks: new Map(), answers: [0, 0] };
  }

  add(part: KeptPart): void {
    if (part.kind === "facts") this.index.facts.set(part.uri, this.put(part.facts));
    else if (part.kind === "check") this.index.checks.set(part.uri, this.put(part.check));
    else this.index.answers = this.put(part.answers);
  }

  get isTooLong(): boolean {
    return this.length > MOST_BYTES;
  }

  finish(): readonly Uint8Array[] {
    const [start, end] = this.put(this.index);
    const trailer = new DataView(new ArrayBuffer(TRAILER_BYTES));
    trailer.setUint32(0, end - start);
    trailer.setUint32(4, MAGIC);
    return [...this.chunks, new Uint8Array(trailer.buffer)];
  }

  private put(data: unknown): Place {
    const bytes = this.keeper.encode(data);
    this.chunks.push(bytes);
    return [this.length, (this.length += bytes.byteLength)];
  }
}

/** What was packed, each part read when it is asked for; undefined where it is of another state, or no pack at all. `digestOf`: of a text as it is now. */
export function openPack(bytes: Uint8Array, state: string, keeper: DataKeeper, digestOf: (uri: string, text: string) => string): (KeptSession & { readonly texts: ReadonlyMap<string, string> }) | undefined {
  const index = indexOf(bytes, keeper);
  if (index?.state !== state) return undefined;
  const at = (place: Place | undefined): unknown => {
    try {
      return place && keeper.decode(bytes.subarray(...place));
    } catch {
      return undefined; // something happened to these bytes: what they said is found out anew
    }
  };
  let answers: KeptAnswers | undefined;
  return {
    texts: index.texts,
    hasText: (uri, text) => index.texts.get(uri) === (text === undefined ? undefined : digestOf(uri, text)),
    facts: (uri) => at(index.facts.get(uri)) as FileFacts | undefined,
    check: (uri) => at(index.checks.get(uri)) as KeptCheck | undefined,
    get answers() {
      return (answers ??= (at(index.answers) as KeptAnswers | undefined) ?? NO_ANSWERS);
    },
  };
}

function indexOf(bytes: Uint8Array, keeper: DataKeeper): PackIndex | undefined {
  const end = bytes.byteLength - TRAILER_BYTES;
  if (end < 0) return undefined;
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + end, TRAILER_BYTES);
  const length = trailer.getUint32(0);
  if (trailer.getUint32(4) !== MAGIC || length > end) return undefined;
  return keeper.decode(bytes.subarray(end - length, end)) as PackIndex;
}
