/** What is wrong with the configuration: collected, thrown together, and written for people. */
import { TidemillError } from '@tidemill/kit';
import type { Position } from './job.ts';

export interface Fault {
  readonly place: Position;
  /** What is wrong and what was expected. */
  readonly message: string;
  /** The next thing to do, as one sentence. */
  readonly hint?: string;
}

/** Nobody reads more at once; the sentence after them says how many there are. */
const MAX_SHOWN = 100;

/** Every fault of the configuration, in the order of the files. A TidemillError, so that one place catches all. */
export class ConfigError extends TidemillError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const ordered = inOrder(faults);
    super('config', 'config-invalid', describeFaults(ordered));
    this.faults = ordered;
  }
}

/** Where checks leave what they find, so that one run reports everything. */
export class FaultList {
  readonly #faults: Fault[] = [];

  get size(): number {
    return this.#faults.length;
  }

  /** The hint is only worked out for faults that are shown: names are compared with every other name. */
  add(place: Position, message: string, hint?: () => string | undefined): void {
    const text = this.#faults.length < MAX_SHOWN ? hint?.() : undefined;
    this.#faults.push(text === undefined ? { place, message } : { place, message, hint: text });
  }

  /** Throws a ConfigError unless nothing was found. */
  raise(): void {
    if (this.#faults.length > 0) throw new ConfigError(this.#faults);
  }
}

/** One line a fault, `file:line:column  error  message`, its hint below it. */
export function describeFaults(faults: readonly Fault[]): string {
  const lines = faults.slice(0, MAX_SHOWN).map(({ place, message, hint }) => {
    const line = `${place.file}:${place.line}:${place.column}  error  ${message}`;
    return hint === undefined ? line : `${line}\n    ${hint}`;
  });
  const more = faults.length - lines.length;
  return more > 0 ? `${lines.join('\n')}\nand ${more} more` : lines.join('\n');
}

/** A name from the file inside a message: short, and without the control characters a terminal would obey. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

/** More is a list that nobody reads: whoever needs it has the documentation. */
const MOST_SUGGESTED = 8;

/** "Did you mean …?", or what there is to choose from. */
export function suggestion(near: string | undefined, names: readonly string[]): string | undefined {
  if (near !== undefined) return `Did you mean ${quoted(near)}?`;
  if (names.length === 0) return undefined;
  const shown = names.slice(0, MOST_SUGGESTED);
  return `There are: ${shown.join(', ')}${names.length > shown.length ? `, … (${names.length} in all)` : ''}.`;
}

/** Files stay in the order in which their first fault was found. */
function inOrder(faults: readonly Fault[]): Fault[] {
  const files = [...new Set(faults.map(({ place }) => place.file))];
  const rank = new Map(files.map((file, index) => [file, index]));
  return faults.toSorted(
    ({ place: a }, { place: b }) =>
      (rank.get(a.file) ?? 0) - (rank.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  );
}
