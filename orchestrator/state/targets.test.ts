import { describe, expect, it } from 'vitest';
import { commitPackage } from './committing.ts';
import { learned } from './fields.ts';
import type { JobState, Target } from './job-state.ts';
import * as loading from './loading.ts';
import { alignTargets, targetIn, waiting } from './targets.ts';
import * as transitions from './transitions.ts';

const RUN = 'leg';
const AT = '2026-11-21T06:00:00.000Z';
const claim = { slot: AT, run: RUN, attempt: 1, claimed_at: AT, lease_until: '2026-11-21T06:05:00.000Z' };
const pack = (id: string) => ({ id, manifest: `bronze/${id}` });
const [p1, p2, p3] = [pack('p1'), pack('p2'), pack('p3')];
const replay = { id: 'r', list: 'l', done: 1, total: 3 };

const stateWith = (targets: Readonly<Record<string, Target>>, changes: Partial<JobState> = {}): JobState => ({
  ...transitions.emptyState('orders'),
  ...{ claim, head: 'bronze/p3', targets },
  ...changes,
});

describe('a package that is committed', () => {
  it('waits for every warehouse, and is dropped for each by itself', () => {
    const state = stateWith({ main: { pending: [] }, archive: { pending: [p1] } });
    const committed = commitPackage(state, RUN, { package: { ...p2, previous: 'bronze/p3' } });
    expect(committed).toMatchObject({ head: 'bronze/p2', targets: { main: { pending: [p2] } } });
    expect(waiting(committed)).toEqual([p1, p2]);
    const { state: loaded } = loading.dropPackages(committed, RUN, { target: 'main', packages: [{ id: 'p2' }] });
    expect(loaded.targets).toEqual({ main: { pending: [] }, archive: { pending: [p1, p2] } });
  });

  it('is committed once, and only behind the one that its manifest names', () => {
    const state = stateWith({ main: { pending: [p3] } });
    const commit = { package: { ...p1, previous: 'bronze/p3' }, cursor: { version: 1, value: 7 }, isLast: true };
    const once = commitPackage(state, RUN, commit);
    expect(once.targets).toEqual({ main: { pending: [p3, p1] } });
    expect(commitPackage(once, RUN, commit)).toBe(once);
    const outOfChain = expect.objectContaining({ kind: 'transient', code: 'commit-out-of-chain' });
    expect(() => commitPackage(once, RUN, { package: { ...p2, previous: 'bronze/p3' } })).toThrow(outOfChain);
    expect(() => commitPackage(once, RUN, { package: p2 })).toThrow(outOfChain);
  });

  it('is dropped once: the second time nothing changes', () => {
    const state = stateWith({ main: { pending: [p1] } });
    const { state: once } = loading.dropPackages(state, RUN, { target: 'main', packages: [{ id: 'p1' }] });
    expect(loading.dropPackages(once, RUN, { target: 'main', packages: [{ id: 'p1' }] }).state).toBe(once);
  });

  it('is dropped with others in one change, which is what one after the other comes to', () => {
    const declared = new Set<string>();
    const seen = (...names: string[]) => ({
      records: 100,
      counts: new Map(names.map((name) => [name, 100])),
      declared,
    });
    const state = stateWith({ main: { pending: [p1, p2, p3] } }, { cursor: { version: 1, value: 7 } });
    const known = { ...state, fields: { always: ['id', 'old'], sometimes: [], records: 100 } };
    const packages = [
      { id: 'p1', seen: seen('id', 'a') },
      { id: 'p2', seen: seen('id', 'b'), unnamed: 'left' as const },
    ];
    const together = loading.dropPackages(known, RUN, { target: 'main', packages });
    const one = loading.dropPackages(known, RUN, { target: 'main', packages: packages.slice(0, 1) });
    const other = loading.dropPackages(one.state, RUN, { target: 'main', packages: packages.slice(1) });
    expect(together.state).toEqual(other.state);
    expect(together.state.targets).toEqual({ main: { pending: [p3], doubted_since: 'bronze/p2' } });
    expect(together.drift).toEqual({ added: ['a', 'b'], missing: ['old'] });
    expect(loading.dropPackages(together.state, RUN, { target: 'main', packages }).state).toBe(together.state);
  });

  it('has its fields noted by the first warehouse that has it, and by no other', () => {
    const declared = new Set<string>();
    const seen = { records: 100, counts: new Map([['id', 100]]), declared };
    const state = stateWith({ main: { pending: [p1, p2] }, archive: { pending: [p1, p2] } });
    const first = loading.dropPackages(state, RUN, { target: 'archive', packages: [{ id: 'p1', seen }] });
    expect(first.state.fields).toEqual({ always: ['id'], sometimes: [], records: 100, learning: true });
    const second = loading.dropPackages(first.state, RUN, { target: 'main', packages: [{ id: 'p1', seen }] });
    expect(second.state.fields).toEqual(first.state.fields);
    const counts = new Map([
      ['id', 5],
      ['new', 5],
    ]);
    const third = loading.dropPackages(learned(second.state), RUN, {
      target: 'main',
      packages: [{ id: 'p2', seen: { records: 5, counts, declared } }],
    });
    expect(third.drift).toEqual({ added: ['new'], missing: [] });
    const last = loading.dropPackages(third.state, RUN, {
      target: 'archive',
      packages: [{ id: 'p2', seen: { records: 5, counts, declared } }],
    });
    expect(last.drift).toEqual({ added: [], missing: [] });
  });
});

describe('a replay', () => {
  it('goes its way for one warehouse, and nothing of the other moves', () => {
    const other = { pending: [p3], replay };
    const state = stateWith({ main: other, archive: { pending: [p2, p3], begins_after: 'bronze/p1' } });
    const start = { target: 'archive', replay: { ...replay, done: 0 }, begins: 'at the first package' } as const;
    let next = loading.startReplay(state, RUN, start);
    expect(next.targets).toEqual({ main: other, archive: { pending: [p2, p3], replay: start.replay } });
    next = loading.advanceReplay(next, RUN, { target: 'archive', manifests: ['bronze/p1'], done: 1 });
    expect(targetIn(next, 'archive')).toMatchObject({ pending: [p2, p3], replay: { done: 1 } });
    next = loading.advanceReplay(next, RUN, { target: 'archive', manifests: ['bronze/p2'], done: 2 });
    expect(targetIn(next, 'archive')).toMatchObject({ pending: [p3], replay: { done: 2 } });
    next = loading.advanceReplay(next, RUN, { target: 'archive', manifests: ['bronze/p3'], done: 3 });
    expect(next.targets).toEqual({ main: other, archive: { pending: [] } });
  });

  it('comes as far as the last of several packages, and leaves out each that bronze cannot give', () => {
    const start = { target: 'main', replay: { ...replay, done: 0, total: 4 }, begins: 'at the first package' } as const;
    const begun = loading.startReplay(stateWith({ main: { pending: [p2, p3] } }), RUN, start);
    const first = ['bronze/p0', 'bronze/p1', 'bronze/p2'];
    const three = loading.advanceReplay(begun, RUN, { target: 'main', manifests: first, done: 3 });
    expect(targetIn(three, 'main')).toMatchObject({ pending: [p3], replay: { done: 3 } });
    const why = 'it is gone';
    const over = loading.advanceReplay(three, RUN, { target: 'main', manifests: ['bronze/p3'], done: 4, why });
    expect(targetIn(over, 'main')).toEqual({ pending: [], left_out: [{ manifest: 'bronze/p3', reason: why }] });
  });

  it('counts a package once, however often it is told of it', () => {
    const start = { target: 'main', replay: { ...replay, done: 0 }, begins: 'at the first package' } as const;
    const begun = loading.startReplay(stateWith({ main: { pending: [p2] } }), RUN, start);
    const first = { target: 'main', manifests: ['bronze/p1'], done: 1 };
    const once = loading.advanceReplay(begun, RUN, first);
    expect(targetIn(once, 'main')).toMatchObject({ pending: [p2], replay: { done: 1 } });
    expect(loading.advanceReplay(once, RUN, first)).toBe(once);
    const over = loading.advanceReplay(once, RUN, { target: 'main', manifests: ['bronze/p3'], done: 3 });
    expect(loading.advanceReplay(over, RUN, { target: 'main', manifests: ['bronze/p3'], done: 3 })).toBe(over);
  });

  it('of a part leaves the mark that there is more', () => {
    const state = stateWith({ archive: { pending: [], begins_after: 'bronze/p1' } });
    const start = { target: 'archive', replay, begins: 'later' } as const;
    expect(loading.startReplay(state, RUN, start).targets['archive']?.begins_after).toBe('bronze/p1');
  });
});

describe('warehouses that are configured otherwise than before', () => {
  const about = { inEnvironment: '', replayed: [] };
  const align = (
    before: Readonly<Record<string, Target>>,
    names: readonly string[],
    changes: Partial<JobState> = {},
  ) => {
    const { state, notices } = alignTargets(stateWith(before, changes), names, about);
    return { targets: state.targets, notices };
  };

  it('in another order change nothing but the order', () => {
    const state = stateWith({ main: { pending: [p3] }, archive: { pending: [], replay } });
    const aligned = alignTargets(state, ['archive', 'main'], about);
    expect(aligned).toEqual({ state, notices: [] });
    expect(Object.keys(aligned.state.targets)).toEqual(['archive', 'main']);
  });

  it('begin empty where one is new, and say how it gets the rest', () => {
    const { targets, notices } = align({ main: { pending: [p3] } }, ['main', 'archive']);
    expect(targets).toEqual({ main: { pending: [p3] }, archive: { pending: [], begins_after: 'bronze/p3' } });
    expect(notices).toEqual([expect.stringContaining('`npx tidemill replay orders --warehouse archive`')]);
  });

  it('are nothing to tell for a job that has committed nothing', () => {
    const bare = transitions.emptyState('orders');
    expect(alignTargets(bare, ['main', 'archive'], about)).toEqual({
      state: { ...bare, targets: { main: { pending: [] }, archive: { pending: [] } } },
      notices: [],
    });
  });

  it('name what one that is gone will never get, and nothing waits for it any longer', () => {
    const before = { main: { pending: [] }, archive: { pending: [p1, p2, p3, pack('p4')], replay } };
    const { targets, notices } = align(before, ['main']);
    expect(targets).toEqual({ main: { pending: [] } });
    expect(notices).toEqual([
      'not loaded into archive, which is no warehouse of the job any more: p1, p2, p3, 1 more',
      'the replay into archive is given up: it is no warehouse of the job any more',
    ]);
    expect(align({ main: { pending: [] }, archive: { pending: [] } }, ['main']).notices).toEqual([]);
  });

  it('take over what waited, and a replay, where one alone takes the place of another', () => {
    const { targets, notices } = align({ main: { pending: [p2, p3], replay } }, ['duck']);
    expect(targets).toEqual({ duck: { pending: [p2, p3], replay } });
    expect(notices).toEqual([expect.stringContaining('the warehouse duck takes the place of main')]);
  });

  it('take over what waited longest where several come for several', () => {
    const { targets, notices } = align({ a: { pending: [p3] }, b: { pending: [p2, p3], replay }, c: { pending: [] } }, [
      'c',
      'x',
      'y',
    ]);
    const fresh = { pending: [p2, p3], begins_after: 'bronze/p3' };
    expect(targets).toEqual({ c: { pending: [] }, x: fresh, y: fresh });
    expect(notices).toHaveLength(3);
  });
});
