import { TidemillError } from '@tidemill/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadHalved, mayJoin, type ReadyPackage } from './together.ts';

const MIB = 1024 * 1024;

interface Size {
  readonly records?: number;
  readonly bytes?: number;
  readonly scope?: ReadyPackage['scope'];
}

const pack = (id: string, { records = 1, bytes = 1, scope = 'changes' }: Size = {}): ReadyPackage => {
  const object = { key: `bronze/${id}`, bytes, sha256: '', records, sources: [] };
  const manifest = { records, parts: [object], artifacts: [] } as unknown as ReadyPackage['manifest'];
  return { id, manifest, scope };
};
const many = (count: number, size: Size = {}): ReadyPackage[] =>
  Array.from({ length: count }, (_, index) => pack(`p-${String(index).padStart(4, '0')}`, size));

describe('packages that are loaded together', () => {
  it('are of changes; one of everything is alone', () => {
    const [one, everything] = [pack('p1'), pack('p2', { scope: 'everything' })];
    expect(mayJoin([], everything)).toBe(true);
    expect(mayJoin([one], pack('p2'))).toBe(true);
    expect([mayJoin([one], everything), mayJoin([everything], pack('p3'))]).toEqual([false, false]);
  });

  it('are no more than can be staged again after a crash, unless one is', () => {
    expect([mayJoin(many(99), pack('q')), mayJoin(many(100), pack('q'))]).toEqual([true, false]);
    const half = { records: 500_000 };
    expect([mayJoin([pack('p', half)], pack('q', half)), mayJoin(many(2, half), pack('q'))]).toEqual([true, false]);
    const large = { bytes: 128 * MIB };
    expect([mayJoin([pack('p', large)], pack('q', large)), mayJoin(many(2, large), pack('q'))]).toEqual([true, false]);
    const huge = { records: 10_000_000, bytes: 1024 * MIB };
    expect([mayJoin([], pack('p', huge)), mayJoin([pack('p', huge)], pack('q'))]).toEqual([true, false]);
  });

  it('have ids that ascend, so that the last of them is known for it', () => {
    const ids = [
      'job.20261121T060000Z.run-0002',
      'job.20261121T060000Z.run.2-0001',
      'job.20261121T060000Z.run.2-0001~r',
    ];
    const [first, second, third] = ids.map((id) => pack(id)) as [ReadyPackage, ReadyPackage, ReadyPackage];
    expect([mayJoin([first], second), mayJoin([second], third), mayJoin([second], first)]).toEqual([true, true, false]);
    expect(mayJoin([first], first)).toBe(false);
  });
});

describe('loading by halves', () => {
  const refusal = () => new TidemillError('bug', 'warehouse-value', 'a value was refused');

  it('loads each package once, in its order, and alone only what is in the way', async () => {
    const property = fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (refused) => {
      const packages = refused.map((isRefused, index) => ({ index, isRefused }));
      const loaded: number[][] = [];
      await loadHalved(
        packages,
        async (some) => {
          // One that is alone is loaded without the record.
          if (some.length > 1 && some.some(({ isRefused }) => isRefused)) throw refusal();
          return some.length;
        },
        async (count, some) => {
          expect(count).toBe(some.length);
          loaded.push(some.map(({ index }) => index));
        },
      );
      expect(loaded.flat()).toEqual(packages.map(({ index }) => index));
      for (const { index, isRefused } of packages) if (isRefused) expect(loaded).toContainEqual([index]);
      if (!refused.includes(true)) expect(loaded).toHaveLength(1);
    });
    await fc.assert(property, { seed: 20261129 });
  });

  it('gives up at once for what fewer packages do not mend, or one alone', async () => {
    let loads = 0;
    const fails = (error: Error, packages: number[]) =>
      loadHalved(
        packages,
        async () => {
          loads += 1;
          throw error;
        },
        async () => undefined,
      );
    const lost = new TidemillError('transient', 'lease-lost', 'another run has it');
    await expect(fails(lost, [1, 2, 3])).rejects.toBe(lost);
    expect(loads).toBe(1);
    const full = new TidemillError('config', 'disk-full', 'no space left');
    await expect(fails(full, [1, 2, 3, 4])).rejects.toBe(full);
    // All, the first half, its first: then the disk is full for each.
    expect(loads).toBe(4);
  });

  it('does not take what comes after a load for a failure of it', async () => {
    const full = new TidemillError('config', 'disk-full', 'no space left for the state');
    const loads: number[] = [];
    const loading = loadHalved(
      [1, 2],
      async (some) => void loads.push(some.length),
      () => Promise.reject(full),
    );
    await expect(loading).rejects.toBe(full);
    expect(loads).toEqual([2]);
  });
});
