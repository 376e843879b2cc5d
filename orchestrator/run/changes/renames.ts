/** What the source says of keys that are others now. */
import type { Texts } from '../silver/encode.ts';

/** The key of a row, as text, and the row or what is known of it. */
export interface Named {
  readonly key: string;
  readonly row: Texts;
}

export class Renames {
  readonly #told = new Map<string, { readonly from: Named; readonly to: readonly Named[] }>();
  readonly #targets = new Set<string>();

  /** Those of newer packages come first: what an older one says of the same key is over. */
  add(from: Named, to: readonly Named[]): void {
    if (this.#told.has(from.key)) return;
    this.#told.set(from.key, { from, to });
    for (const { key } of to) this.#targets.add(key);
  }

  isFrom = (key: string): boolean => this.#told.has(key);

  /** A key that something was renamed to. */
  isTo = (key: string): boolean => this.#targets.has(key);

  /**
   * Where it is now: over all steps, each target once. One that has a row is an end, whatever was said of it: an older package may have
   * renamed it, when the source went back.
   */
  endsOf(key: string, hasRow: (key: string) => boolean): readonly Named[] {
    const ends = new Map<string, Named>();
    const seen = new Set([key]);
    const open = [...(this.#told.get(key)?.to ?? [])];
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const further = hasRow(next.key) ? undefined : this.#told.get(next.key);
      // What comes back to where it was is no way to go.
      if (seen.has(next.key)) continue;
      seen.add(next.key);
      if (further === undefined) ends.set(next.key, next);
      else open.push(...further.to);
    }
    return [...ends.values()];
  }
}
