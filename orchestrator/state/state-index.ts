/**
 * The states of many jobs in a remote bucket, for those who only look: one listing tells which version of each is there, and
 * the index, an object beside them, has those that plans have read before, by their versions. Only what has changed since is
 * fetched. The index is a cache: one that is missing, damaged, old or of another Tidemill costs time and nothing else, and
 * whoever changes a state reads the state itself.
 */
import { TidemillError } from '@tidemill/kit';
import type { Bucket, Version } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { NdjsonWriter, readLines } from '../storage/ndjson.ts';
import { readText } from '../storage/text.ts';
import type { JobState } from './job-state.ts';
import { parseState, type ReadState, readState } from './store.ts';
import { emptyState } from './transitions.ts';

/** So few are fetched side by side before a listing would be there. */
const FEW = 64;

/** First line of an index; another form of it is another name. */
const FORM = 'tidemill state index 1';

/** Lines that are handed on at a time. */
const BATCH = 500;

export interface StateView {
  readonly read: ReadState;
  /** Writes the index, where it would save the next one much. Never fails for the bucket's sake. */
  keep(): Promise<void>;
}

/** A view of the states of so many jobs, as they are now. `few` is how many are rather fetched one by one. */
export async function viewStates(bucket: Bucket, jobs: number, few = FEW): Promise<StateView> {
  const plain: StateView = { read: (job) => readState(bucket, job), keep: async () => undefined };
  if (bucket.isRemote !== true || jobs <= few) return plain;
  const [listed, indexed] = await Promise.all([versionsIn(bucket), readIndex(bucket)]);
  return listed === undefined ? plain : new IndexedStates(bucket, listed, indexed, few);
}

/** By job; undefined for those who may read and not list. */
async function versionsIn(bucket: Bucket): Promise<Map<string, Version> | undefined> {
  const versions = new Map<string, Version>();
  try {
    for await (const { key, version } of bucket.list(keys.statePrefix)) {
      if (key.endsWith('.json')) versions.set(key.slice(keys.statePrefix.length, -'.json'.length), version);
    }
  } catch (error) {
    if (error instanceof TidemillError && error.kind === 'auth') return undefined;
    throw error;
  }
  return versions;
}

/** A state as the index has it. */
interface Indexed {
  readonly version: Version;
  readonly state: JobState;
}

/** By job. What is no state of its job is not among them. */
async function readIndex(bucket: Bucket): Promise<Map<string, Indexed>> {
  const indexed = new Map<string, Indexed>();
  try {
    let form: unknown;
    for await (const lines of readLines(bucket, keys.stateIndex)) {
      const entries = form === undefined ? lines.slice(1) : lines;
      form ??= lines[0];
      if (form !== FORM) return new Map();
      for (const line of entries) {
        const [job = '', version = '', text = ''] = String(line).split('\t', 3);
        const state = stateIn(bucket, job, text);
        if (state !== undefined) indexed.set(job, { version, state });
      }
    }
    return indexed;
  } catch (error) {
    if (error instanceof TidemillError) return new Map();
    throw error;
  }
}

function stateIn(bucket: Bucket, job: string, text: string): JobState | undefined {
  try {
    return parseState(bucket, job, text);
  } catch (error) {
    if (error instanceof TidemillError) return undefined;
    throw error;
  }
}

class IndexedStates implements StateView {
  readonly #bucket: Bucket;
  readonly #listed: ReadonlyMap<string, Version>;
  /** Only what is as it was listed. */
  readonly #known = new Map<string, Indexed>();
  readonly #few: number;
  #fetched = 0;

  constructor(
    bucket: Bucket,
    listed: ReadonlyMap<string, Version>,
    indexed: ReadonlyMap<string, Indexed>,
    few: number,
  ) {
    this.#bucket = bucket;
    this.#listed = listed;
    this.#few = few;
    for (const [job, entry] of indexed) if (listed.get(job) === entry.version) this.#known.set(job, entry);
  }

  readonly read: ReadState = async (job) => {
    const version = this.#listed.get(job);
    if (version === undefined) return { state: emptyState(job), version };
    const known = this.#known.get(job);
    return known === undefined ? this.#fetch(job, version) : { state: known.state, version };
  };

  async #fetch(job: string, version: Version) {
    this.#fetched += 1;
    const object = await readText(this.#bucket, keys.state(job), { version });
    // Somebody has changed it since it was listed: what is there now is not what that version stands for.
    if (object === undefined) return readState(this.#bucket, job);
    const state = parseState(this.#bucket, job, object.text);
    this.#known.set(job, { version, state });
    return { state, version: object.version };
  }

  async keep(): Promise<void> {
    // What a plan fetches side by side in a few rounds costs less than an index that is written each time.
    if (this.#fetched <= this.#few || this.#fetched * 50 < this.#listed.size) return;
    const writer = new NdjsonWriter(this.#bucket, keys.stateIndex);
    try {
      await writer.write([FORM]);
      const entries = [...this.#known];
      for (let from = 0; from < entries.length; from += BATCH) {
        const batch = entries.slice(from, from + BATCH);
        await writer.write(batch.map(([job, { version, state }]) => `${job}\t${version}\t${JSON.stringify(state)}`));
      }
      await writer.close();
    } catch (error) {
      await writer.abort();
      if (!(error instanceof TidemillError)) throw error;
    }
  }
}
