/** The grammar of one cron field: lists of numbers, names, ranges and stars, the last two with a step. */

export interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Different values; one less than `min` to `max` has for the weekdays, where 7 is Sunday again. */
  readonly size: number;
  /** Names of `min`, `min + 1`, … */
  readonly names?: readonly string[];
}

export const CRON_FIELDS: readonly CronField[] = [
  { name: 'minute', min: 0, max: 59, size: 60 },
  { name: 'hour', min: 0, max: 23, size: 24 },
  { name: 'day of month', min: 1, max: 31, size: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    size: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of week', min: 0, max: 7, size: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

/** What is wrong, and the text with just that corrected, as far as anyone can guess it. */
export class CronFault extends Error {
  readonly corrected: string | undefined;

  constructor(message: string, corrected: string | undefined) {
    super(message);
    this.corrected = corrected;
  }
}

/** The field's values, ascending, without repetition. Throws a CronFault. */
export function parseField(field: CronField, text: string): number[] {
  const items = text.split(',');
  const values = items.flatMap((item, index) => {
    const fault = (expected: string, corrected?: string): CronFault =>
      new CronFault(
        `the ${field.name} has "${item}", expected ${expected}`,
        corrected === undefined ? undefined : items.with(index, corrected).join(','),
      );
    return parseItem(field, item, fault);
  });
  return [...new Set(values)].sort((a, b) => a - b);
}

/** Makes the fault of an item from what was expected and what comes nearest. */
type ItemFault = (expected: string, corrected?: string) => CronFault;

const ITEM = /^(?:(?<star>\*)|(?<start>\w+)(?:-(?<end>\w+))?)(?:\/(?<every>\d{1,4}))?$/;

function parseItem(field: CronField, item: string, fault: ItemFault): number[] {
  const { star, start, end, every } = ITEM.exec(item)?.groups ?? {};
  if (star === undefined && start === undefined) throw fault(allowed(field), plainForm(field, item));
  const last = field.min + field.size - 1;
  const from = star === undefined ? parseValue(field, start ?? '', item, fault) : field.min;
  const to = star === undefined ? (end === undefined ? from : parseValue(field, end, item, fault)) : last;
  if (from > to) {
    const wrapped = [...(from > last ? [] : [span(from, last)]), span(field.min, to)].join(',');
    throw fault('a range that ascends', every === undefined ? wrapped : undefined);
  }
  if (every === undefined) return range(field, from, to, 1);
  if (star === undefined && end === undefined) {
    throw fault('a step only after * or a range', `${from > last ? field.min : from}-${last}/${every}`);
  }
  const step = Number(every);
  const steps = `${star ?? span(from, to)}/`;
  if (step < 1) throw fault(`a step from 1 to ${field.size}`, `${steps}1`);
  if (step > field.size) throw fault(`a step from 1 to ${field.size}`, `${steps}${field.size}`);
  return range(field, from, to, step);
}

function range(field: CronField, from: number, to: number, step: number): number[] {
  const count = Math.floor((to - from) / step) + 1;
  return Array.from({ length: count }, (_, index) => {
    const value = from + index * step;
    return value === field.min + field.size ? field.min : value;
  });
}

function parseValue(field: CronField, text: string, item: string, fault: ItemFault): number {
  const instead = (value: string): string => item.replace(text, value);
  if (/^\d{1,4}$/.test(text)) {
    const value = Number(text);
    if (value >= field.min && value <= field.max) return value;
    // The hour 24 and the minute 60 are meant as 0; the days and months count from 1.
    const wraps = field.min === 0 && value === field.max + 1;
    throw fault(allowed(field), instead(String(wraps || value < field.min ? field.min : field.max)));
  }
  const name = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (name >= 0) return field.min + name;
  const abbreviated = field.names?.find((known) => text.toLowerCase().startsWith(known));
  throw fault(allowed(field), abbreviated === undefined ? plainForm(field, item) : instead(abbreviated.toUpperCase()));
}

/** What other tools' extensions come nearest to: `?` is a star, `H` a number of one's own choice. */
function plainForm(field: CronField, item: string): string | undefined {
  if (item === '?') return '*';
  if (item === 'H') return String(field.min);
  const hashed = /^[H?](?:\(\d+-\d+\))?(\/\d{1,4})$/.exec(item);
  return hashed === null ? undefined : `*${hashed[1]}`;
}

const span = (from: number, to: number): string => (from === to ? String(from) : `${from}-${to}`);

function allowed({ min, max, names }: CronField): string {
  const first = names?.[0]?.toUpperCase();
  const last = names?.at(-1)?.toUpperCase();
  return first === undefined ? `${min}-${max}` : `${min}-${max} or ${first}-${last}`;
}
