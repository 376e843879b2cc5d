import fc from 'fast-check';
import { expect, it } from 'vitest';
import { merged } from './merge.ts';
import { Snapshot } from './snapshot.ts';
import { snapshotText } from './snapshot-text.ts';

const SEED = 20261121;

const names: fc.Arbitrary<string[]> = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), {
  maxLength: 7,
});
const collections = fc.array(fc.record({ names, accepts: fc.boolean() }), { minLength: 1, maxLength: 12 });

/** What is there and what is gone, from the names alone. */
interface Known {
  readonly there: ReadonlySet<string>;
  readonly gone: ReadonlySet<string>;
}

it('has after any collections what the sets of names say, and each difference leads from one to the next', () => {
  fc.assert(
    fc.property(collections, (all) => {
      let known: Known = { there: new Set(), gone: new Set() };
      let snapshot: Snapshot | undefined;
      for (const [index, { names, accepts }] of all.entries()) {
        const named = new Set(names);
        const lost = [...known.there].filter((name) => !named.has(name));
        const isTooMuch = lost.length > 0 && (lost.length === known.there.size || lost.length > known.there.size / 2);
        const datasets = names.map((name) => ({ name, capabilities: [] }));
        const at = new Date(Date.UTC(2026, 10, 1 + index));
        const collect = () =>
          merged(snapshot, { service: 's', datasets, at, by: 'x', run: `${index}`, accepts, accept: '' });
        if (isTooMuch && !accepts) {
          expect(collect).toThrow('nothing was changed');
          continue;
        }
        const { snapshot: next, differences } = collect();
        const stateOf = (state: string) =>
          new Set(next.units.filter((unit) => unit.state === state).map(({ name }) => name));
        const { there, gone } = known;
        expect(differences.added).toEqual(names.filter((name) => !there.has(name) && !gone.has(name)));
        expect(differences.back).toEqual(names.filter((name) => gone.has(name)));
        expect(new Set(differences.gone)).toEqual(new Set(lost));
        known = { there: named, gone: new Set([...gone, ...lost].filter((name) => !named.has(name))) };
        expect([stateOf('there'), stateOf('gone')]).toEqual([known.there, known.gone]);
        expect(next.units).toHaveLength(known.there.size + known.gone.size);
        // What is kept is read again.
        snapshot = Snapshot.parse(JSON.parse(snapshotText(next)));
        expect(snapshot).toEqual(next);
      }
    }),
    { seed: SEED, numRuns: 300 },
  );
});
