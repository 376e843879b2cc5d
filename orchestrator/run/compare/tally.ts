/** Differences sorted by what explains them. */
import type { Table, Warehouse } from '../../warehouse/contract.ts';
import { type Cause, type Circumstances, causeOf, causes } from './causes.ts';
import { type Example, examplesOf } from './examples.ts';
import { type Place, valuesHasher } from './fingerprint.ts';
import type { Difference } from './join.ts';
import { type Maker, madeAt, placeText } from './made.ts';

/** Differences of one cause. */
export interface Finding {
  readonly cause: Cause;
  readonly isFault: boolean;
  /** What is the matter with the rows, for people: `12 rows: …`. */
  readonly says: string;
  readonly rows: number;
  /** Some of them: where in bronze their rows come from. */
  readonly places: readonly Place[];
  /** Only where values may be shown. */
  readonly examples: readonly Example[];
}

/** What differences are looked at with. */
export interface Looking {
  readonly maker: Maker;
  readonly warehouse: Warehouse;
  readonly table: Table;
}

/** Rows of a cause of which the places are told. */
const MOST_PLACES = 3;

/** Rows whose record is read again to see what they are: in the order of the hashes of their keys, which is none. */
const LOOKED_AT = 100;

export class Tally {
  readonly #circumstances: Circumstances;
  readonly #found = new Map<Cause, { rows: number; some: Difference[] }>();
  readonly #unclear: { readonly sample: Difference[]; changed: number; extra: number } = {
    sample: [],
    changed: 0,
    extra: 0,
  };

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
  }

  add(difference: Difference): void {
    const cause = causeOf(difference, this.#circumstances);
    if (cause !== 'look') {
      if (cause !== undefined) this.#note(cause, 1, [difference]);
      return;
    }
    if (difference.what === 'changed') this.#unclear.changed += 1;
    else this.#unclear.extra += 1;
    if (this.#unclear.sample.length < LOOKED_AT) this.#unclear.sample.push(difference);
  }

  /**
   * A row that today's code still makes of its record should have been replaced since. Where none of those that are looked at is
   * so, all were made by other code.
   */
  async look({ table, maker }: Looking): Promise<void> {
    const { sample, changed, extra } = this.#unclear;
    const valuesOf = valuesHasher(table);
    const rows = await madeAt(
      maker,
      sample.flatMap((one) => ('found' in one ? one.found : [])),
    );
    const isMadeToday = (one: Difference): boolean => {
      const made = 'found' in one ? rows.get(placeText(one.found)) : undefined;
      // Of what bronze cannot give nobody knows: then it is no excuse.
      return made === undefined || made.some((texts) => 'found' in one && valuesOf(texts) === one.found.values);
    };
    const isFaulty = sample.some(isMadeToday);
    const shown = isFaulty ? sample.filter(isMadeToday) : sample;
    const of = (what: Difference['what']): Difference[] => shown.filter((one) => one.what === what);
    this.#note(isFaulty ? 'stale' : 'other-code', changed, of('changed'));
    this.#note(isFaulty ? 'extra' : 'other-code', extra, of('extra'));
  }

  async findings(looking: Looking, values: 'shown' | 'hidden'): Promise<Finding[]> {
    const order = Object.keys(causes) as Cause[];
    const found = order.flatMap((cause) => {
      const tally = this.#found.get(cause);
      return tally === undefined ? [] : [{ cause, ...tally }];
    });
    const findings: Finding[] = [];
    for (const { cause, rows, some } of found) {
      const places = some.map((one) => placeOf(one));
      const examples = values === 'shown' ? await examplesOf(some, looking) : [];
      findings.push({ cause, ...causes[cause], rows, places, examples });
    }
    return findings;
  }

  #note(cause: Cause, rows: number, some: readonly Difference[]): void {
    if (rows === 0) return;
    const tally = this.#found.get(cause) ?? { rows: 0, some: [] };
    tally.rows += rows;
    tally.some.push(...some.slice(0, MOST_PLACES - tally.some.length));
    this.#found.set(cause, tally);
  }
}

/** A column whose values differ in rows of the same key. */
export interface ChangedColumn {
  readonly name: string;
  readonly rows: number;
}

/** From rows by the positions of their columns; the most frequent first. */
export const changedColumns = ({ columns }: Table, changed: ReadonlyMap<number, number>): ChangedColumn[] =>
  [...changed]
    .map(([index, rows]) => ({ name: columns[index]?.name ?? '', rows }))
    .sort((one, other) => other.rows - one.rows);

export function placeOf(difference: Difference): Place {
  const { object, line } = 'found' in difference ? difference.found : difference.expected;
  return { object, line };
}
