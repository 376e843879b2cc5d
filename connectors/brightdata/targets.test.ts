import { describe, expect, it } from 'vitest';
import { FacebookOptions, PostOptions } from './options.ts';
import { rawKeyOf } from './raw-path.ts';
import { targetsOf } from './targets.ts';

const ACME = 'https://www.facebook.com/acme';
const EMCA = 'https://www.facebook.com/emca';
const SPAN = { start: new Date('2026-11-20T05:41:00Z'), end: new Date('2026-11-21T05:41:00Z') };

const facebook = (options: object) => targetsOf(FacebookOptions.parse(options), SPAN);
const any = (options: object) => targetsOf(PostOptions.parse({ dataset_id: 'gd_other', ...options }), SPAN);
const inputs = (options: object) => facebook(options).map(({ input }) => input['input']);

describe('targets', () => {
  it('are the job itself where it names none, with its facts beside what is asked for', () => {
    const options = { url: ACME, competitor: 'Acme', category: 'Tools', num_of_posts: 5, include_profile_data: false };
    expect(facebook(options)).toEqual([
      {
        key: expect.stringMatching(/^facebook-com-acme-[0-9a-f]{12}$/),
        input: {
          dataset_id: 'gd_lkaxegm826bjpoo9m5',
          input: { url: ACME, num_of_posts: 5, include_profile_data: false },
        },
        facts: {
          ...{ dataset_id: 'gd_lkaxegm826bjpoo9m5', platform: 'facebook', competitor: 'Acme', brand: null },
          ...{ category: 'Tools', url: ACME },
        },
      },
    ]);
  });

  it('have of the job what they do not say', () => {
    const options = {
      ...{ num_of_posts: 50, category: 'Tools', start_date: '2026-11-01' },
      targets: [
        { url: ACME, competitor: 'Acme' },
        { url: EMCA, num_of_posts: 5, category: 'Toys', end_date: '11-30-2026', dataset_id: 'gd_group' },
      ],
    };
    expect(inputs(options)).toEqual([
      { url: ACME, num_of_posts: 50, start_date: '11-01-2026' },
      { url: EMCA, num_of_posts: 5, end_date: '11-30-2026' },
    ]);
    expect(facebook(options).map(({ facts }) => facts)).toMatchObject([
      { competitor: 'Acme', category: 'Tools', dataset_id: 'gd_lkaxegm826bjpoo9m5' },
      { competitor: null, category: 'Toys', dataset_id: 'gd_group' },
    ]);
  });

  it('reach so many days back from the day of the slot', () => {
    const [first] = inputs({ url: ACME, days: 7 });
    expect(first).toEqual({ url: ACME, start_date: '11-14-2026', end_date: '11-21-2026' });
    expect(
      inputs({
        days: 7,
        targets: [
          { url: ACME, days: 1 },
          { url: EMCA, start_date: '2026-01-02' },
        ],
      }),
    ).toEqual([
      { url: ACME, start_date: '11-20-2026', end_date: '11-21-2026' },
      { url: EMCA, start_date: '01-02-2026' },
    ]);
  });

  it.each([
    ['MM-DD-YYYY', '11-20-2026', '11-21-2026'],
    ['YYYY-MM-DD', '2026-11-20', '2026-11-21'],
    ['instant', '2026-11-20T00:00:00.000Z', '2026-11-21T23:59:59.999Z'],
  ])('of any scraper have days as it takes them: %s', (date_format, start_date, end_date) => {
    const [byDays] = any({ url: ACME, days: 1, date_format });
    const [byDates] = any({ url: ACME, start_date: '2026-11-20', end_date: '11-21-2026', date_format });
    expect([byDays?.input['input'], byDates?.input['input']]).toEqual([
      { url: ACME, start_date, end_date },
      { url: ACME, start_date, end_date },
    ]);
  });

  it('of any scraper have fields of its own', () => {
    const options = {
      ...{ url: ACME, days: 1, date_format: 'YYYY-MM-DD', discover_by: 'profile_url', limit_per_input: 3 },
      input: { keyword: 'anvil', tags: ['a', 'b'] },
    };
    const days = { start_date: '2026-11-20', end_date: '2026-11-21' };
    expect(any(options)[0]?.input).toEqual({
      ...{ dataset_id: 'gd_other', discover_by: 'profile_url', limit_per_input: 3 },
      input: { url: ACME, ...days, keyword: 'anvil', tags: ['a', 'b'] },
    });
    expect(any({ input: { keyword: 'anvil' } })[0]?.input['input']).toEqual({ keyword: 'anvil' });
  });

  it('have a key that only what is asked for makes another one', () => {
    const key = (options: object): string | undefined => facebook({ url: ACME, ...options })[0]?.key;
    expect(key({ competitor: 'Acme', raw_snapshots: 'raw/{snapshot_id}.json' })).toBe(key({}));
    expect(key({ num_of_posts: 5 })).not.toBe(key({}));
    expect(key({ dataset_id: 'gd_group' })).not.toBe(key({}));
  });

  it.each([
    [{}, 'has no `url`'],
    [{ targets: [{ competitor: 'Acme' }] }, 'has no `url`'],
    [{ targets: [{ url: ACME }, { url: ACME, competitor: 'Emca' }] }, 'both would be paid'],
    [{ url: ACME, days: 3, start_date: '2026-11-01' }, '`days` and dates'],
    [{ url: ACME, start_date: '2026-11-02', end_date: '11-01-2026' }, 'is behind'],
    [{ url: ACME, raw_snapshots: 'raw/snapshot.json' }, 'lacks {snapshot_id}'],
    [{ url: ACME, raw_snapshots: 'raw/{hour}/{snapshot_id}' }, 'has {hour}'],
    [{ url: ACME, raw_snapshots: '../{snapshot_id}' }, 'no key'],
    [{ url: ACME, raw_snapshots: '/raw/{snapshot_id}' }, 'no key'],
    [{ url: ACME, raw_snapshots: '_tidemill/state/{snapshot_id}' }, 'leads into _tidemill/'],
    [{ url: ACME, raw_snapshots: 'bronze/{snapshot_id}' }, 'leads into bronze/'],
    [{ url: ACME, platform: 'silver', raw_snapshots: '{platform}/{snapshot_id}' }, 'leads into silver/'],
    [{ url: ACME, raw_snapshots: `${'a'.repeat(900)}/{snapshot_id}` }, 'makes a key of 902 characters'],
    [
      { url: ACME, platform: 'p'.repeat(900), raw_snapshots: '{platform}/{snapshot_id}' },
      'makes a key of 902 characters',
    ],
  ])('that contradict themselves are a fault of the configuration: %j', (options, says) => {
    const failure = expect.objectContaining({ kind: 'config', message: expect.stringContaining(says) });
    expect(() => facebook(options)).toThrow(failure);
  });

  it.each([
    { url: 'ftp://example.com/' },
    { url: 'acme' },
    { url: ACME, num_of_posts: 0 },
    { url: ACME, start_date: 'yesterday' },
    { url: ACME, targets: [] },
    { url: ACME, dataset_id: 'a b' },
    { url: ACME, competitors: 'Acme' },
  ])('are refused before: %j', (options) => {
    expect(FacebookOptions.safeParse(options).success).toBe(false);
  });
});

describe('the key of a raw snapshot', () => {
  const crawl = {
    ticket: 's_1',
    triggeredAt: new Date('2026-01-02T23:59:59Z'),
    target: { key: 'k', input: {}, facts: { dataset_id: 'gd_1', platform: '../a b' } },
  };

  it.each([
    ['raw_snapshots/{year}/{month}/{day}/snapshot_{snapshot_id}.json', 'raw_snapshots/2026/01/02/snapshot_s_1.json'],
    ['{dataset_id}/{platform}/{snapshot_id}', 'gd_1/.._a_b/s_1'],
  ])('%s is %s', (template, key) => {
    expect(rawKeyOf(template, crawl)).toBe(key);
  });

  it('never leads out of its folder', () => {
    const upwards = { ...crawl, target: { ...crawl.target, facts: { platform: '..' } } };
    expect(rawKeyOf('a/{platform}/{snapshot_id}', upwards)).toBe('a/_/s_1');
  });

  it('of a part has its number before the ending', () => {
    expect(rawKeyOf('a.b/{snapshot_id}.json', crawl, 3)).toBe('a.b/s_1.part-3.json');
    expect(rawKeyOf('a.b/{snapshot_id}', crawl, 3)).toBe('a.b/s_1.part-3');
  });
});
