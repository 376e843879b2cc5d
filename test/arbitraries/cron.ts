/** Random cron expressions: valid ones whose meaning is known without a parser, and texts of which many are none. */
import fc from 'fast-check';

export interface RandomField {
  readonly text: string;
  readonly values: ReadonlySet<number>;
}

export interface RandomCron {
  readonly text: string;
  readonly minute: RandomField;
  readonly hour: RandomField;
  readonly dayOfMonth: RandomField;
  readonly month: RandomField;
  readonly dayOfWeek: RandomField;
}

interface Spec {
  readonly min: number;
  readonly max: number;
  /** The largest step, and how many values a star stands for. */
  readonly size: number;
  readonly names?: readonly string[];
  /** How often the field is a star alone: otherwise hardly a day would match all of them. */
  readonly stars: number;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function field({ min, max, size, names, stars }: Spec): fc.Arbitrary<RandomField> {
  const value = fc.integer({ min, max });
  const step = fc.integer({ min: 1, max: size });
  const spell = (number: number, named: boolean): string => (named ? names?.[number - min] : undefined) ?? `${number}`;
  const every = (from: number, to: number, by: number): number[] => {
    const values = [];
    for (let each = from; each <= to; each += by) values.push(max === 7 && each === 7 ? 0 : each);
    return values;
  };
  const star = fc.constant({ text: '*', values: every(min, min + size - 1, 1) });
  const starStep = step.map((by) => ({ text: `*/${by}`, values: every(min, min + size - 1, by) }));
  const single = fc
    .tuple(value, fc.boolean())
    .map(([at, named]) => ({ text: spell(at, named), values: every(at, at, 1) }));
  const span = fc
    .tuple(value, value, fc.boolean())
    .map(([a, b, named]) => ({ from: Math.min(a, b), to: Math.max(a, b), named }));
  const range = span.map(({ from, to, named }) => ({
    text: `${spell(from, named)}-${to === 7 ? 7 : spell(to, named)}`,
    values: every(from, to, 1),
  }));
  const rangeStep = fc
    .tuple(span, step)
    .map(([{ from, to }, by]) => ({ text: `${from}-${to}/${by}`, values: every(from, to, by) }));
  const item = fc.oneof(single, single, single, range, rangeStep, starStep);
  const list = fc.array(item, { minLength: 2, maxLength: 4 });
  return fc.oneof(
    { arbitrary: star.map(only), weight: stars },
    { arbitrary: item.map(only), weight: 3 },
    { arbitrary: list.map(joined), weight: 2 },
  );
}

interface Item {
  readonly text: string;
  readonly values: readonly number[];
}

const only = (item: Item): RandomField => joined([item]);

function joined(items: readonly Item[]): RandomField {
  return { text: items.map(({ text }) => text).join(','), values: new Set(items.flatMap(({ values }) => values)) };
}

/** The small hours, where the clocks change, are drawn more often than the others. */
const hour = fc.oneof(
  field({ min: 0, max: 23, size: 24, stars: 2 }),
  fc.uniqueArray(fc.constantFrom(0, 1, 2, 3, 23), { minLength: 1, maxLength: 3 }).map((hours) => ({
    text: hours.join(','),
    values: new Set(hours),
  })),
);

/** Any valid expression of five fields, on dates that exist. */
export const cronExpression: fc.Arbitrary<RandomCron> = fc
  .record({
    minute: field({ min: 0, max: 59, size: 60, stars: 1 }),
    hour,
    dayOfMonth: field({ min: 1, max: 31, size: 31, stars: 6 }),
    month: field({ min: 1, max: 12, size: 12, names: MONTHS, stars: 20 }),
    dayOfWeek: field({ min: 0, max: 7, size: 7, names: WEEKDAYS, stars: 6 }),
  })
  .map((fields) => {
    const { minute, hour: hours, dayOfMonth, month, dayOfWeek } = fields;
    return { ...fields, text: [minute, hours, dayOfMonth, month, dayOfWeek].map(({ text }) => text).join(' ') };
  })
  .filter(exists);

function exists({ dayOfMonth, month, dayOfWeek }: RandomCron): boolean {
  if (!isStar(dayOfMonth) && !isStar(dayOfWeek)) return true;
  return [...month.values].some((number) => {
    // 2024 is a leap year; day 0 is the last one of the month before.
    const days = new Date(Date.UTC(2024, number, 0)).getUTCDate();
    return [...dayOfMonth.values].some((day) => day <= days);
  });
}

/** A star, or a star with step 1, which means the same. */
export const isStar = ({ text }: RandomField): boolean => text === '*' || text === '*/1';

/** Five fields as people write them in one tool or another, of which about one in three is valid here. */
export const cronText: fc.Arbitrary<string> = fc
  .tuple(
    written({ min: 0, max: 59, names: [] }),
    written({ min: 0, max: 23, names: [] }),
    written({ min: 1, max: 31, names: [] }),
    written({ min: 1, max: 12, names: MONTHS }),
    written({ min: 0, max: 7, names: WEEKDAYS }),
  )
  .map((fields) => fields.join(' '));

function written({ min, max, names }: { min: number; max: number; names: readonly string[] }): fc.Arbitrary<string> {
  const number = fc.integer({ min, max: max + 1 }).map(String);
  const padded = number.map((digits) => digits.padStart(2, '0'));
  const name = fc.constantFrom(...names, ...names.map((one) => one.toLowerCase()), String(max));
  const value = fc.oneof({ arbitrary: number, weight: 5 }, padded, name);
  const range = fc.tuple(value, value).map((ends) => ends.join('-'));
  const stepped = fc.tuple(fc.oneof(range, fc.constant('*'), value), fc.integer({ min: 0, max: max + 2 }));
  const foreign = fc.constantFrom('?', 'L', 'H', '1L', 'MON#2', '15W', '');
  const item = fc.oneof(
    { arbitrary: value, weight: 4 },
    { arbitrary: range, weight: 2 },
    { arbitrary: stepped.map((parts) => parts.join('/')), weight: 3 },
    { arbitrary: fc.oneof(fc.constant('*'), foreign), weight: 1 },
  );
  const list = fc.array(item, { minLength: 2, maxLength: 3 }).map((items) => items.join(','));
  return fc.oneof(
    { arbitrary: fc.constant('*'), weight: 4 },
    { arbitrary: item, weight: 5 },
    { arbitrary: list, weight: 1 },
  );
}
