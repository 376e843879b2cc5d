/**
 * What a Singer tap says, line by line: https://github.com/singer-io/getting-started/blob/master/docs/SPEC.md. Records go out as they
 * came; a state is true for what came before it.
 */
import { TidemillError } from '@tidemill/kit';
import { membersOf, textIn, valueIn } from './members.ts';
import type { Scope } from './run.ts';

export interface Reading {
  /** What records of the stream may call it. */
  readonly names: readonly string[];
  /** What records of the others may. */
  readonly others: ReadonlySet<string>;
  readonly scope: Scope;
  readonly printer: {
    readonly record: (bytes: Buffer) => Promise<void>;
    readonly state: (json: string) => Promise<void>;
  };
  /** Told once of each thing that is odd and no fault. */
  readonly notice: (text: string) => void;
}

type Members = ReadonlyMap<string, Buffer>;

export class SingerMessages {
  readonly #reading: Reading;
  readonly #told = new Set<string>();
  #lines = 0;
  /** As the last SCHEMA of the stream says; undefined before the first. */
  #key: readonly string[] | undefined;
  #left = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Throws `tap-output`, `tap-key` and `tap-batch`, without what the line says. */
  async line(bytes: Buffer): Promise<void> {
    this.#lines += 1;
    const message = membersOf(bytes);
    if (message === undefined) throw this.#broken('is no message of Singer: it is no JSON object');
    switch (textIn(message, 'type')) {
      case 'RECORD':
        return this.#record(message);
      case 'STATE':
        return this.#state(message);
      case 'SCHEMA':
        return this.#schema(message);
      case 'ACTIVATE_VERSION':
        return this.#activated(message);
      case 'BATCH':
        throw batch(textIn(message, 'stream') ?? '');
      case undefined:
        throw this.#broken('is no message of Singer: it has no type');
      default:
        this.#tell('it prints messages of a kind that is not known here, which are left out');
    }
  }

  /** Says what was left out. */
  end(): void {
    if (this.#left > 0) this.#reading.notice(`${this.#left} records of streams that are not selected were left out`);
  }

  #record(message: Members): Promise<void> | undefined {
    const record = message.get('record');
    if (record?.[0] !== 0x7b) throw this.#broken('is a RECORD without a record');
    if (!this.#isOurs(message)) {
      this.#left += 1;
      return undefined;
    }
    if (this.#key === undefined) this.#tell('it prints records before their SCHEMA, which are taken as they are');
    if (this.#key !== undefined && this.#key.length > 0) this.#checkKey(record, this.#key);
    return this.#reading.printer.record(record);
  }

  #checkKey(record: Buffer, key: readonly string[]): void {
    const fields = membersOf(record);
    const missing = key.find((name) => fields?.has(name) !== true);
    if (missing !== undefined) throw keyFault(`line ${this.#lines} is a record without ${missing}, a field of its key`);
  }

  #state(message: Members): Promise<void> {
    const value = message.get('value');
    if (value === undefined) throw this.#broken('is a STATE without a value');
    return this.#reading.printer.state(value.toString());
  }

  #schema(message: Members): void {
    if (!this.#isOurs(message)) return;
    const told = valueIn(message, 'key_properties') ?? [];
    const key = Array.isArray(told) ? told.map(String) : [];
    if (this.#key !== undefined && this.#key.join('\0') !== key.join('\0')) {
      throw keyFault(
        `the key has changed in line ${this.#lines}, from (${this.#key.join(', ')}) to (${key.join(', ')})`,
      );
    }
    this.#key = key;
  }

  /** The tap says that a version of the table is whole: rows of the others are gone at the source. */
  #activated(message: Members): void {
    if (!this.#isOurs(message) || this.#reading.scope === 'everything') return;
    this.#tell(
      'it reads the whole table (ACTIVATE_VERSION), and the job says changes: rows that are gone at the source stay. `scope: everything` deletes them',
    );
  }

  #isOurs(message: Members): boolean {
    const { names, others } = this.#reading;
    const stream = textIn(message, 'stream');
    if (stream === undefined) throw this.#broken('says no stream');
    if (names.includes(stream)) return true;
    if (others.has(stream)) return false;
    throw this.#broken(`is of a stream that is not in the catalog: ${stream.slice(0, 100)}`);
  }

  #tell(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#reading.notice(text);
  }

  #broken(what: string): TidemillError {
    return new TidemillError('source-changed', 'tap-output', `Line ${this.#lines} of what the tap prints ${what}`, {
      hint: 'Whoever maintains the tap must act; its messages for people belong on stderr. Another version of it may do.',
    });
  }
}

const keyFault = (what: string): TidemillError =>
  new TidemillError('source-changed', 'tap-key', `Of the stream ${what}`, {
    hint: 'Look at what the tap says of its key now (--discover), and correct primary_key of the job; or report it to whoever maintains the tap.',
  });

const batch = (stream: string): TidemillError =>
  new TidemillError(
    'config',
    'tap-batch',
    `The tap writes files of ${stream.slice(0, 100)} (BATCH), which are not read here`,
    {
      hint: 'Take batch_config out of its configuration: then it prints records.',
    },
  );
