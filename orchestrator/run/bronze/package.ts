/** One package being written: parts and artifacts as they come, the manifest at the end. */
import { createHash } from 'node:crypto';
import { type Artifact, type Lines, type Page, type Scope, stringifyExact, TidemillError } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { NdjsonWriter } from '../../storage/ndjson.ts';
import { type Manifest, writeManifest } from './manifest.ts';

/** A part is closed when its text reaches this many bytes: about 10 MB compressed, one object a reader can stream. */
const PART_BYTES = 64 * 1024 * 1024;

const SEGMENT = String.raw`(?!\.{1,2}(?:/|$))[A-Za-z0-9._%-]{1,200}`;
const ARTIFACT_NAME = new RegExp(`^${SEGMENT}(?:/${SEGMENT}){0,20}$`);

/** What is known after the last one. */
export interface PackageEnd {
  readonly cursorAfter: unknown;
  /** Key of the manifest that was committed before. */
  readonly previous: string | undefined;
  readonly scope: Scope;
  /** Where it ends what it was read for, if before the interval of its facts. */
  readonly readTo?: string | undefined;
  readonly finishedAt: Date;
}

/** What a package has that was left open. */
export interface Written {
  readonly parts: Manifest['parts'];
  readonly records: number;
}

/** One to go on in. Its new parts lie in a folder of their own: whoever left it may have begun others since. */
interface Reopened extends Written {
  readonly subfolder: string;
}

/** What is known before the first record. */
export type PackageFacts = Omit<
  Manifest,
  'version' | 'previous' | 'scope' | 'everything' | 'records' | 'parts' | 'artifacts' | 'finished_at' | 'cursor_after'
>;

export class PackageWriter {
  readonly #bucket: Bucket;
  readonly folder: string;
  readonly facts: PackageFacts;
  readonly #partFolder: string;
  readonly #parts: Manifest['parts'];
  readonly #artifacts: Manifest['artifacts'] = [];
  #part:
    | { readonly writer: NdjsonWriter; readonly key: string; readonly sources: { line: number; url: string }[] }
    | undefined;
  #records: number;

  constructor(bucket: Bucket, folder: string, facts: PackageFacts, reopened?: Reopened) {
    this.#bucket = bucket;
    this.folder = folder;
    this.facts = facts;
    this.#partFolder = reopened === undefined ? folder : `${folder}/${reopened.subfolder}`;
    this.#parts = [...(reopened?.parts ?? [])];
    this.#records = reopened?.records ?? 0;
  }

  get hasArtifacts(): boolean {
    return this.#artifacts.length > 0;
  }

  get records(): number {
    return this.#records;
  }

  get isEmpty(): boolean {
    return this.#records === 0 && this.#artifacts.length === 0;
  }

  /** Answers how many records there were. */
  async addRecords(emission: Lines | Page): Promise<number> {
    const lines = 'lines' in emission ? emission.lines : emission.records.map(lineOf);
    if (lines.length === 0) return 0;
    const { url } = emission;
    const part = this.#part ?? this.#openPart();
    if (part.sources.at(-1)?.url !== url) part.sources.push({ line: part.writer.records + 1, url });
    await part.writer.write(lines);
    this.#records += lines.length;
    if (part.writer.textBytes >= PART_BYTES) await this.#closePart();
    return lines.length;
  }

  async addArtifact(artifact: Artifact, at: Date): Promise<void> {
    const { name, contentType: content_type, url } = artifact;
    const key = `${this.folder}/artifacts/${name}`;
    if (!ARTIFACT_NAME.test(name) || this.#artifacts.some((other) => other.key === key)) {
      throw new TidemillError('bug', 'artifact-name', `"${name}" cannot name an artifact of this package`);
    }
    const hash = createHash('sha256');
    const options = { contentType: content_type, onlyIf: 'absent' } as const;
    const stored = await this.#bucket.write(key, hashed(artifact.artifact, hash), options);
    if (stored === undefined) throw new TidemillError('bug', 'package-exists', `${key} is there already`);
    const method = artifact.method ?? this.facts.method;
    const fetched = { content_type, url, method, fetched_at: at.toISOString() };
    this.#artifacts.push({ key, bytes: stored.bytes, sha256: hash.digest('hex'), ...fetched });
  }

  /** Closes the parts; what they are, another run can go on behind. */
  async leaveOpen(): Promise<Written> {
    await this.#closePart();
    return { parts: [...this.#parts], records: this.#records };
  }

  /** Closes the parts and writes the manifest. The package counts only once a state names it. */
  async close(end: PackageEnd): Promise<{ readonly key: string; readonly manifest: Manifest }> {
    await this.#closePart();
    const manifest: Manifest = {
      version: 1,
      ...this.facts,
      interval: { ...this.facts.interval, ...(end.readTo === undefined ? {} : { end: end.readTo }) },
      ...(end.previous === undefined ? {} : { previous: end.previous }),
      cursor_after: end.cursorAfter,
      scope: end.scope,
      records: this.#records,
      parts: this.#parts,
      artifacts: this.#artifacts,
      finished_at: end.finishedAt.toISOString(),
    };
    const key = `${this.folder}/manifest.json`;
    await writeManifest(this.#bucket, key, manifest);
    return { key, manifest };
  }

  /** Gives the package up. What it wrote already stays as orphans, which no state names. */
  async abort(): Promise<void> {
    await this.#part?.writer.abort();
  }

  #openPart() {
    const number = String(this.#parts.length + 1).padStart(5, '0');
    const key = `${this.#partFolder}/part-${number}.ndjson.gz`;
    this.#part = { writer: new NdjsonWriter(this.#bucket, key, { onlyIf: 'absent' }), key, sources: [] };
    return this.#part;
  }

  async #closePart(): Promise<void> {
    if (this.#part === undefined) return;
    const { writer, sources } = this.#part;
    const part = { ...(await writer.close()), sources };
    // Not before: a package with a part that could not be written is never closed, however often that is tried.
    this.#part = undefined;
    this.#parts.push(part);
  }
}

/** A record as a line of bronze. */
export function lineOf(record: unknown): string {
  if (record === undefined)
    throw new TidemillError('bug', 'record-undefined', 'A connector yielded an undefined record');
  return stringifyExact(record);
}

async function* hashed(body: Artifact['artifact'], hash: ReturnType<typeof createHash>): AsyncIterable<Uint8Array> {
  if (body instanceof Uint8Array) {
    hash.update(body);
    yield body;
    return;
  }
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
}
