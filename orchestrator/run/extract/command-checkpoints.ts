/**
 * Lines with which a command says how far it is. They begin with what it finds in `$TIDEMILL_CHECKPOINT`, which no record does:
 * no JSON text begins with `#`, and no other run has the same.
 */
import { hash } from 'node:crypto';
import { type Checkpoint, type Interval, type Through, TidemillError } from '@tidemill/kit';
import { instantIn } from '@tidemill/kit/instant';
import type { Job } from '../../config/job.ts';
import { cursorFault } from './command-files.ts';

const SIGN = '#tidemill-checkpoint';
const HASH = 0x23;
const BLANK = 0x20;
const CARRIAGE_RETURN = 0x0d;

/** A part of a second that is more than milliseconds. */
const FINER = /\.\d{3}\d*[1-9]/;

export interface CheckpointsOf {
  readonly job: Pick<Job, 'id' | 'scope'>;
  readonly interval: Interval;
  /** Anything that no other run has. */
  readonly seed: string;
}

export class CheckpointLines {
  /** What a line begins with. */
  readonly prefix: string;
  readonly #job: CheckpointsOf['job'];
  readonly #interval: Interval;
  #through: Date;

  constructor({ job, interval, seed }: CheckpointsOf) {
    this.prefix = `${SIGN}:${hash('sha256', seed).slice(0, 16)}`;
    this.#job = job;
    this.#interval = interval;
    this.#through = interval.start;
  }

  /** What the line says; undefined for one that is a record. Throws `command-checkpoint`. */
  read(line: Buffer): Checkpoint<string> | Through | undefined {
    // All but a few lines end here.
    if (line[0] !== HASH || !line.toString('latin1', 0, SIGN.length).startsWith(SIGN)) return undefined;
    const [prefix, kind, said] = wordsOf(line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line);
    if (prefix !== this.prefix) throw this.#refuse('does not begin with what $TIDEMILL_CHECKPOINT holds in this run');
    if (kind !== 'cursor' && kind !== 'through') throw this.#refuse('says neither "cursor" nor "through"');
    if (this.#job.scope === 'everything') throw ofEverything(this.#job);
    return kind === 'cursor' ? this.#cursor(said) : this.#instant(said.toString());
  }

  #cursor(text: Buffer): Checkpoint<string> {
    const fault = text.length === 0 ? 'is empty' : cursorFault(text);
    if (fault !== undefined) throw this.#refuse(`has a cursor that ${fault}`);
    return { checkpoint: text.toString() };
  }

  #instant(text: string): Through {
    const { start, end } = this.#interval;
    const through = instantIn(text);
    if (through === undefined) throw this.#refuse('has no instant, as 2026-11-21T06:00:00Z, behind "through"');
    // Rounded, it would leave out what lies between, or have it printed twice.
    if (FINER.test(text)) throw this.#refuse('has an instant that is finer than a millisecond, as no interval is');
    if (through < start || through > end) {
      throw this.#refuse(`says through ${iso(through)}, and its interval is ${iso(start)} to ${iso(end)}`);
    }
    if (through < this.#through) throw this.#refuse(`goes back, from ${iso(this.#through)} to ${iso(through)}`);
    this.#through = through;
    return { through };
  }

  #refuse(what: string): TidemillError {
    return new TidemillError(
      'source-changed',
      'command-checkpoint',
      `${this.#job.id}: a line for a checkpoint ${what}`,
      {
        hint: 'Mend the command. It prints `$TIDEMILL_CHECKPOINT cursor TEXT` when the records before that cursor are printed, or `$TIDEMILL_CHECKPOINT through INSTANT` when those of its interval before that instant are.',
      },
    );
  }
}

function ofEverything({ id }: CheckpointsOf['job']): TidemillError {
  const message = `${id}: a line for a checkpoint is of no use in a job whose runs say everything: half of that is never kept`;
  return new TidemillError('source-changed', 'command-checkpoint', message, {
    hint: 'Let the command print no such line. Or, if rows that it does not name are to stay, give the job `scope: changes`.',
  });
}

/** The first two words of a line, and what stands behind them. */
function wordsOf(line: Buffer): readonly [string, string, Buffer] {
  const first = endOfWord(line, 0);
  const second = endOfWord(line, first + 1);
  return [line.toString('utf8', 0, first), line.toString('utf8', first + 1, second), line.subarray(second + 1)];
}

function endOfWord(line: Buffer, from: number): number {
  const blank = line.indexOf(BLANK, from);
  return blank === -1 ? line.length : blank;
}

const iso = (instant: Date): string => instant.toISOString();
