/**
 * What an Airbyte source says, line by line: https://docs.airbyte.com/platform/understanding-airbyte/airbyte-protocol. Records go out as
 * they came; a state is true for what came before it.
 */
import { TidemillError } from '@tidemill/kit';
import { membersOf, textIn, valueIn } from './members.ts';

export interface AirbyteReading {
  /** The stream that is read; undefined where the source is asked something else. */
  readonly stream: string | undefined;
  readonly printer: {
    readonly record: (bytes: Buffer) => Promise<void>;
    readonly state: (json: string) => Promise<void>;
  };
  /** What it says to people. */
  readonly said: (text: string) => void;
  /** Takes secrets out of what it says in messages. */
  readonly redact: (text: string) => string;
}

type Members = ReadonlyMap<string, Buffer>;

export class AirbyteMessages {
  readonly #reading: AirbyteReading;
  #lines = 0;
  #fault: TidemillError | undefined;
  /** The fault has words of the source. */
  #isTold = false;
  #catalog: unknown;
  #hasRotated = false;

  constructor(reading: AirbyteReading) {
    this.#reading = reading;
  }

  /** Of the CATALOG message; undefined where there was none. */
  get catalog(): unknown {
    return this.#catalog;
  }

  /** What the source itself says of its end, which is worth more than its exit code. */
  get fault(): TidemillError | undefined {
    return this.#fault;
  }

  /** Throws `tap-output`, without what the line says. */
  async line(bytes: Buffer): Promise<void> {
    this.#lines += 1;
    const message = membersOf(bytes);
    if (message === undefined) throw this.#broken('it is no JSON object');
    switch (textIn(message, 'type')) {
      case 'RECORD':
        return this.#record(message);
      case 'STATE':
        return this.#state(message);
      case 'LOG':
        return this.#log(message);
      case 'TRACE':
        return this.#trace(message);
      case 'CATALOG':
        this.#catalog = valueIn(message, 'catalog');
        return;
      case 'CONTROL':
        return this.#control();
      case undefined:
        throw this.#broken('it has no type');
      default:
    }
  }

  #record(message: Members): Promise<void> {
    const record = this.#member(message, 'record');
    const data = record.get('data');
    if (data?.[0] !== 0x7b) throw this.#broken('a RECORD has no data');
    const stream = textIn(record, 'stream');
    if (stream !== this.#reading.stream) throw this.#broken('a RECORD is of a stream that was not asked for');
    return this.#reading.printer.record(data);
  }

  /** As the source takes it back: a list of states, or an object of its own in the form of before there were streams. */
  #state(message: Members): Promise<void> | undefined {
    const bytes = message.get('state')?.toString();
    const state = this.#member(message, 'state');
    const type = textIn(state, 'type') ?? 'LEGACY';
    if (type === 'LEGACY') {
      const data = state.get('data');
      if (data === undefined) throw this.#broken('a STATE has no data');
      return this.#reading.printer.state(data.toString());
    }
    if (type === 'GLOBAL') return this.#reading.printer.state(`[${bytes}]`);
    const stream = state.get('stream');
    const members = stream === undefined ? undefined : membersOf(stream);
    const descriptor = members?.get('stream_descriptor');
    if (stream === undefined || descriptor === undefined) throw this.#broken('a STATE names no stream');
    if (textIn(membersOf(descriptor) ?? new Map(), 'name') !== this.#reading.stream) return undefined;
    return this.#reading.printer.state(`[{"type":"STREAM","stream":${stream.toString()}}]`);
  }

  #log(message: Members): void {
    const log = this.#member(message, 'log');
    this.#say(`${textIn(log, 'level') ?? 'INFO'} ${textIn(log, 'message') ?? ''}`);
  }

  #trace(message: Members): void {
    const trace = this.#member(message, 'trace');
    const status = trace.get('stream_status');
    if (status !== undefined && textIn(membersOf(status) ?? new Map(), 'status') === 'INCOMPLETE') {
      this.#fault ??= ended(undefined, 'The source says that the stream is not complete');
    }
    const bytes = trace.get('error');
    const error = bytes === undefined ? undefined : membersOf(bytes);
    if (error === undefined) return;
    const said = this.#reading.redact(textIn(error, 'message') ?? 'an error without words');
    const more = textIn(error, 'internal_message');
    if (more !== undefined) this.#say(`ERROR ${more}`);
    const fault = ended(textIn(error, 'failure_type'), said.replace(/\.$/, ''));
    // The first one, or the first that says who must act: a summary of them all comes last, and knows less.
    const isBetter = this.#fault?.kind === 'source-changed' && fault.kind !== 'source-changed';
    if (!this.#isTold || isBetter) this.#fault = fault;
    this.#isTold = true;
  }

  /** A source that is given new credentials writes them into its configuration, which nobody keeps. */
  #control(): void {
    if (!this.#hasRotated)
      this.#say('WARN the source has changed its own configuration, as by a new refresh token: it is not kept');
    this.#hasRotated = true;
  }

  #say(text: string): void {
    this.#reading.said(this.#reading.redact(text));
  }

  #member(message: Members, name: string): Members {
    const bytes = message.get(name);
    const members = bytes === undefined ? undefined : membersOf(bytes);
    if (members === undefined) throw this.#broken(`it has no ${name}`);
    return members;
  }

  #broken(what: string): TidemillError {
    return new TidemillError(
      'source-changed',
      'tap-output',
      `Line ${this.#lines} of what the source prints is no message of Airbyte: ${what}`,
      {
        hint: 'Whoever maintains the source must act. Another version of it may do.',
      },
    );
  }
}

/** Who must act, by what the source says of its error. */
function ended(failure: string | undefined, said: string): TidemillError {
  if (failure === 'transient_error') return new TidemillError('transient', 'tap-failed', said);
  if (failure === 'config_error') {
    return new TidemillError('config', 'tap-failed', said, { hint: 'Correct the configuration of the source.' });
  }
  return new TidemillError('source-changed', 'tap-failed', said, { hint: 'Look at what it says above.' });
}
