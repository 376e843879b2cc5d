import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOCATION, START } from '../../../../test/fixtures/lake-files.ts';
import type { Metadata } from './metadata.ts';
import { type LoadedPackage, loadedPackages, MOST_PACKAGES, newestOf, withPackages } from './properties.ts';
import { newTable } from './schema.ts';

const table = newTable({ description: '', columns: [], key: [] }, { uuid: 'u', location: LOCATION, now: START });
const counts = { rows: 1, inserted: 1, updated: 0, unchanged: 0, duplicates: 0, deleted: 0, deletions: 0 };
/** A commit of one package. */
const withPackage = (metadata: Metadata, one: LoadedPackage): Metadata => withPackages(metadata, [one]);
const loaded = (id: string, job: string, at = START): LoadedPackage => ({
  id,
  job,
  at: new Date(at).toISOString(),
  counts,
});

describe('the packages that a table remembers', () => {
  it('are those that were loaded, with their counts', () => {
    const left = { ...loaded('p2', 'crm/people'), counts: { ...counts, left: { unnamed: 3, of: 10 } } };
    const metadata = withPackage(withPackage(table, loaded('p1', 'crm/people')), left);
    expect(loadedPackages(metadata)).toEqual([loaded('p1', 'crm/people'), left]);
    expect(loadedPackages(table)).toEqual([]);
  });

  it('are the last fifty, and the last of every job for ever', () => {
    const many = Array.from({ length: 200 }, (_, index) => loaded(`p${index}`, 'crm/people', START + index));
    const metadata = [loaded('old', 'crm/archive'), ...many].reduce(withPackage, table);
    expect(loadedPackages(metadata).map(({ id }) => id)).toEqual([
      'old',
      ...many.slice(-MOST_PACKAGES).map(({ id }) => id),
    ]);
  });

  it('have the newest and the last one of each job, however late they came and whatever the clocks say', () => {
    const one = fc.record({ job: fc.constantFrom('a', 'b', 'c'), at: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 150 }), (list) => {
        const all = list.map(({ job, at }, index) => loaded(`p${index % 7}-${index}`, job, at));
        const kept = loadedPackages(all.reduce(withPackage, table));
        expect(new Set(kept.map(({ job }) => job))).toEqual(new Set(all.map(({ job }) => job)));
        expect(kept.slice(-MOST_PACKAGES)).toEqual(all.slice(-MOST_PACKAGES));
        expect(kept.length).toBeLessThanOrEqual(MOST_PACKAGES + 6);
        for (const job of ['a', 'b', 'c']) {
          const [of, keptOf] = [all, kept].map((packages) => packages.filter((each) => each.job === job));
          expect(newestOf(keptOf ?? [])).toEqual(newestOf(of ?? []));
          expect(keptOf?.at(-1)).toEqual(of?.at(-1));
        }
      }),
    );
  });

  it('have the last of a job whose clock went back, and the one before it that says it is newer', () => {
    const others = Array.from({ length: 100 }, (_, index) => loaded(`p${index}`, 'crm/people', START + index));
    const [newer, last] = [loaded('newer', 'crm/archive', START + 9), loaded('last', 'crm/archive', START + 1)];
    const kept = loadedPackages([loaded('first', 'crm/archive'), newer, last, ...others].reduce(withPackage, table));
    expect(kept.slice(0, 2)).toEqual([newer, last]);
    expect(kept).toHaveLength(MOST_PACKAGES + 2);
  });

  it('are all of the last commit of each job, however many it was made of', () => {
    const [mine, theirs] = ['crm/people', 'crm/archive'].map((job) =>
      Array.from({ length: 100 }, (_, index) => loaded(`${job}-${String(index).padStart(3, '0')}`, job)),
    ) as [LoadedPackage[], LoadedPackage[]];
    const both = [mine, theirs].reduce(withPackages, table);
    const ids = (metadata: Metadata) => loadedPackages(metadata).map(({ id }) => id);
    expect(ids(both)).toEqual([...mine, ...theirs].map(({ id }) => id));
    // With the next commit of the job they are old ones.
    const later = Array.from({ length: 3 }, (_, index) => loaded(`later-${index}`, 'crm/people'));
    const kept = [...theirs, ...later].map(({ id }) => id);
    expect(ids(withPackages(both, later))).toEqual(kept);
    expect(ids(withPackages(withPackages(both, later), [loaded('last', 'crm/archive')]))).toEqual([
      ...kept.slice(-(MOST_PACKAGES - 1)),
      'last',
    ]);
  });

  it('are asked for by time, and then by id', () => {
    expect(newestOf([loaded('a', 'j', 5), loaded('c', 'j', 5), loaded('b', 'j', 5), loaded('d', 'j', 4)])?.id).toBe(
      'c',
    );
    expect(newestOf([])).toBeUndefined();
  });

  it.each(['{', '[{"id":"p1"}]', 'null'])('are refused where somebody else has written %s', (text) => {
    const metadata = { ...table, properties: { 'tidemill.packages': text } };
    expect(() => loadedPackages(metadata)).toThrow(
      expect.objectContaining({ code: 'lake-format', message: expect.stringContaining(LOCATION) }),
    );
  });
});
