/** What a run of the orchestrator asks of a bridge, and what it is told: records, and where to go on. */
import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { TidemillError } from '@tidemill/kit';
import { written } from './program.ts';
import type { World } from './world.ts';

export type Scope = 'changes' | 'everything';

export interface Run {
  /** Everything: rows that are not named are deleted, so the tap is asked for all there is, without a state. */
  readonly scope: Scope;
  /** The state that the last run has left, as JSON. */
  readonly state: string | undefined;
}

const PACKED = 'gzip:';
/** As much as a cursor may have: `orchestrator/run/extract/command-files.ts`. */
const MOST_CURSOR_BYTES = 64 * 1024;

/** Without the orchestrator, as by hand, a tap is read from its beginning, for changes. */
export async function runOf({ env }: Pick<World, 'env'>): Promise<Run> {
  const { TIDEMILL_CURSOR_FILE: file, TIDEMILL_SCOPE: said } = env;
  const scope = said === 'everything' ? 'everything' : 'changes';
  if (file === undefined || scope === 'everything') return { scope, state: undefined };
  const cursor = await readFile(file, 'utf8');
  if (cursor === '') return { scope, state: undefined };
  const isPacked = cursor.startsWith(PACKED);
  return {
    scope,
    state: isPacked ? gunzipSync(Buffer.from(cursor.slice(PACKED.length), 'base64')).toString() : cursor,
  };
}

const LINE_BREAK = Buffer.from('\n');

export class Printer {
  readonly #world: World;
  readonly #scope: Scope;
  readonly #checkpoint: string | undefined;

  constructor(world: World, scope: Scope) {
    this.#world = world;
    this.#scope = scope;
    this.#checkpoint = world.env['TIDEMILL_CHECKPOINT'];
  }

  /** A record on a line of its own, byte for byte. */
  record(bytes: Buffer): Promise<void> {
    return written(this.#world, Buffer.concat([bytes, LINE_BREAK]));
  }

  /** Every record before it is printed. A run that says everything has no place to go on: nothing is printed. Throws `tap-state`. */
  async state(json: string): Promise<void> {
    if (this.#scope === 'everything' || this.#checkpoint === undefined) return;
    await written(this.#world, Buffer.from(`${this.#checkpoint} cursor ${cursorOf(json)}\n`));
  }
}

/** A state has no line break: those of JSON stand between its tokens. */
function cursorOf(json: string): string {
  const line = json.replace(/[\r\n]+/g, ' ').trim();
  if (Buffer.byteLength(line) <= MOST_CURSOR_BYTES) return line;
  const packed = `${PACKED}${gzipSync(line).toString('base64')}`;
  if (packed.length <= MOST_CURSOR_BYTES) return packed;
  throw new TidemillError(
    'source-changed',
    'tap-state',
    `The state of the tap is too large: ${line.length} characters`,
    {
      hint: 'It may have 64 KiB, packed. Let the job read fewer partitions, as of fewer repositories, and give the others jobs of their own.',
    },
  );
}
