import { beforeAll, describe, expect, it } from 'vitest';
import type { Catchup } from '../../orchestrator/config/job.ts';
import type { Outcome } from '../../orchestrator/state/job-state.ts';
import { DAY, HOUR, month, type Tick, ticksFrom, type WeatherName } from './deliveries.ts';
import { events, identityOf, type JobId, jobIds } from './jobs.ts';
import type { Entry } from './journal.ts';
import { Month } from './month.ts';
import { chanceOf } from './random.ts';
import { isSlot, monthTable, tallyOf } from './table.ts';
import { SEED, type World, worlds } from './worlds.ts';

const entriesOf = ({ judge }: Month, id: JobId): Entry[] =>
  judge.journal.entries.filter((entry) => identityOf(entry.job) === id && isSlot(entry));

const live = (world: World, catchup: Catchup): Promise<Month> => new Month({ ...world, catchup, seed: SEED }).run();

function expectKept({ judge, options }: Month): void {
  expect(judge.violations, `with ${JSON.stringify(options)}`).toEqual([]);
}

describe('deliveries', () => {
  const ticks = ticksFrom(0, chanceOf(SEED, 'deliveries'));
  const on = (weather: WeatherName): Tick[] => ticks.filter((tick) => tick.weather === weather);
  const expected = (weather: WeatherName): number => 24 * month.filter((day) => day === weather).length;

  it('are thirty days, in the order in which they come', () => {
    expect(month).toHaveLength(30);
    expect(ticks.map(({ at }) => at)).toEqual(ticks.map(({ at }) => at).sort((a, b) => a - b));
  });

  it('are one in ten on the worst days, and none at all on some', () => {
    const share = on('one_in_ten').length / expected('one_in_ten');
    expect(share).toBeGreaterThan(0.04);
    expect(share).toBeLessThan(0.2);
    expect([on('none').length, expected('none')]).toEqual([0, 48]);
  });

  it('are hours late on others', () => {
    const lateness = (weather: WeatherName): number[] => on(weather).map(({ at, nominal }) => (at - nominal) / HOUR);
    expect(Math.min(...lateness('hours_late'))).toBeGreaterThan(3);
    expect(Math.max(...lateness('hours_late'))).toBeGreaterThan(6);
    expect(Math.min(...lateness('half_a_day_late'))).toBeGreaterThan(10.8);
    expect(Math.max(...lateness('half_a_day_late'))).toBeGreaterThan(11.5);
  });

  it('come twice, and two to the hour', () => {
    const at17 = on('doubled').filter(({ nominal }) => Math.floor((nominal % DAY) / HOUR) === 17);
    expect(at17).toHaveLength(2 * (expected('doubled') / 24));
    expect(on('doubled').some(({ nominal }) => Math.floor((nominal % DAY) / HOUR) === 16)).toBe(false);
    const hours = Map.groupBy(on('same_hour'), ({ at }) => Math.floor(at / HOUR));
    expect([...hours.values()].filter(({ length }) => length === 2).length).toBeGreaterThan(10);
  });
});

describe('a month in which the clocks are set back', () => {
  const months = new Map<Catchup, Month>();
  const of = (catchup: Catchup): Month => months.get(catchup) as Month;

  beforeAll(async () => {
    for (const catchup of ['latest', 'all', 'none'] as const) months.set(catchup, await live(worlds.berlin, catchup));
  });

  it.each<Catchup>(['latest', 'all', 'none'])(
    'with catchup: %s settles each slot once, with the right word',
    (which) => {
      expectKept(of(which));
    },
  );

  it.each<[Catchup, readonly Outcome[]]>([
    ['latest', ['done', 'superseded', 'skipped', 'missed', 'failed']],
    ['all', ['done', 'skipped', 'missed', 'failed']],
    ['none', ['done', 'skipped', 'missed', 'failed']],
  ])('with catchup: %s knows just the words of its policy', (catchup, words) => {
    const tally = tallyOf(of(catchup).judge.journal.entries);
    const used = Object.entries(tally).filter(([, count]) => count > 0);
    expect(used.map(([word]) => word).sort()).toEqual([...words].sort());
  });

  it('has all of the misfortunes in it', () => {
    for (const { counts, fates } of months.values()) {
      for (const count of Object.values({ ...counts, ...fates.counts })) expect(count).toBeGreaterThan(3);
    }
  });

  it('misses slots for being late only where the configuration says so', () => {
    for (const id of jobIds) {
      const missed = tallyOf(entriesOf(of('latest'), id)).missed;
      if (id === events.neverLate.job) expect(missed).toBeGreaterThan(10);
      else expect(missed).toBe(0);
    }
  });

  it('runs every slot with catchup: all, but for what failed, was too late or skipped', () => {
    const others = jobIds.filter((id) => id !== events.neverLate.job && id !== events.paused.job);
    const entries = others.flatMap((id) => entriesOf(of('all'), id));
    expect(new Set(entries.map(({ word }) => word))).toEqual(new Set(['done', 'failed']));
  });

  it('skips just the slots of the pause', () => {
    const start = Date.parse(worlds.berlin.start);
    for (const which of months.values()) {
      const skipped = entriesOf(which, events.paused.job).filter(({ word }) => word === 'skipped');
      const days = skipped.map(({ slot }) => (Date.parse(slot) - start) / DAY);
      expect(days.length).toBeGreaterThanOrEqual(4);
      // Those before it were still owed when it began.
      expect(Math.min(...days)).toBeGreaterThan(events.paused.day - 2);
      expect(Math.max(...days)).toBeLessThan(events.paused.untilDay);
    }
  });

  it('fires at half past two once in the night that has it twice', () => {
    const slots = entriesOf(of('all'), events.edited.job).map(({ slot }) => slot);
    expect(slots.filter((slot) => slot.startsWith('2026-10-25'))).toEqual(['2026-10-25T00:30:00.000Z']);
    expect(slots.filter((slot) => slot.startsWith('2026-10-26'))).toEqual(['2026-10-26T01:30:00.000Z']);
  });

  it('settles a renamed job under its new id, from the rename on', () => {
    const ids = Map.groupBy(entriesOf(of('latest'), events.renamed.job), ({ job }) => job);
    const [before = [], after = []] = [ids.get(events.renamed.job), ids.get(events.renamed.id)];
    const last =
      before
        .map(({ at }) => at)
        .sort()
        .at(-1) ?? '';
    expect(before.length + after.length).toBe(120);
    expect(after.every(({ at }) => at > last)).toBe(true);
  });

  it('is told in a table', () => {
    const table = monthTable([...months.values()]).split('\n');
    expect(table).toHaveLength(2 + 13 * 3 + 1);
    const total = (table.at(-1) ?? '').split(/\s{2,}/).map(Number);
    const [, slots = 0, done = 0, superseded = 0, missed = 0, failed = 0, skipped = 0] = total;
    expect(slots).toBeGreaterThan(3000);
    expect(done + superseded + missed + failed + skipped).toBe(slots);
  });
});

it('keeps its promises where the clocks are set ahead, and fires once for the hour that is not there', async () => {
  const spring = await live(worlds.berlin_spring, 'all');
  expectKept(spring);
  const slots = entriesOf(spring, events.edited.job).map(({ slot }) => slot);
  expect(slots.filter((slot) => slot.startsWith('2027-03-28'))).toEqual(['2027-03-28T01:00:00.000Z']);
});

it.each<[keyof typeof worlds, Catchup]>([
  ['new_york', 'none'],
  ['lord_howe', 'latest'],
])('keeps its promises in %s with catchup: %s', async (world, catchup) => {
  expectKept(await live(worlds[world], catchup));
});
