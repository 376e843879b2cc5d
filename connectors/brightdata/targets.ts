/** What a job asks for: one crawl a target, each with one input. Pure. */
import { type CrawlTarget, crawlKey, isoDate, minus, type Plain, TidemillError } from '@tidemill/kit';
import type { CrawlOptions, DateFormat } from './options.ts';
import { checkRawKey, checkTemplate } from './raw-path.ts';

/** What the source is asked for, as `CrawlTarget.input` has it. */
export interface Asked {
  readonly dataset_id: string;
  readonly discover_by?: string;
  readonly limit_per_input?: number;
  /** The one line of input of the crawl. */
  readonly input: { readonly [name: string]: Plain };
}

type One = Omit<CrawlOptions, 'targets' | 'raw_snapshots'>;

type Own = NonNullable<CrawlOptions['targets']>[number];

interface Span {
  readonly end: Date;
}

/** Throws kind `config`, codes `brightdata-targets` and `brightdata-raw-path`. */
export function targetsOf({ targets, raw_snapshots, ...job }: CrawlOptions, interval: Span): CrawlTarget[] {
  checkTemplate(raw_snapshots);
  const made = (targets ?? [{}]).map((own) => targetOf(inherited(job, own), interval));
  const keys = new Set(made.map(({ key }) => key));
  if (keys.size < made.length)
    throw fault(
      'Two targets of the job ask for the same, and both would be paid',
      'Leave one of them out of `targets`.',
    );
  for (const target of made) checkRawKey(raw_snapshots, target);
  return made;
}

/** What a target does not say is what the job says; days and dates, being two ways to say one thing, take the place of each other. */
function inherited(job: One, own: Own): One {
  const { days, start_date, end_date, ...rest } = job;
  const spans = own.days !== undefined || own.start_date !== undefined || own.end_date !== undefined;
  return { ...rest, ...(spans ? {} : { days, start_date, end_date }), ...own };
}

function targetOf(one: One, interval: Span): CrawlTarget {
  const { dataset_id, discover_by, limit_per_input, platform, competitor, brand, category } = one;
  const input = inputOf(one, interval);
  if (Object.keys(input).length === 0)
    throw fault('A target of the job has no `url`', 'Give the job a `url`, or each of its `targets` one.');
  const asked: Asked = {
    dataset_id,
    ...(discover_by === undefined ? {} : { discover_by }),
    ...(limit_per_input === undefined ? {} : { limit_per_input }),
    input,
  };
  const facts = { dataset_id, platform, competitor, brand, category, url: one.url };
  return {
    key: crawlKey(one.url ?? dataset_id, { ...asked }),
    input: { ...asked },
    facts: Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, value ?? null])),
  };
}

function inputOf(one: One, interval: Span): { readonly [name: string]: Plain } {
  const { url, include_profile_data, num_of_posts, input = {} } = one;
  const fields = { url, ...daysOf(one, interval), include_profile_data, num_of_posts, ...(input as Asked['input']) };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Asked['input'];
}

function daysOf({ days, start_date, end_date, date_format = 'MM-DD-YYYY' }: One, { end }: Span) {
  if (days === undefined) {
    const start = start_date && written(isoDay(start_date), date_format);
    const last = end_date && written(isoDay(end_date), date_format, 'end');
    if (start_date !== undefined && end_date !== undefined && isoDay(start_date) > isoDay(end_date))
      throw fault('The `start_date` of a target is behind its `end_date`', 'Exchange them.');
    return { start_date: start, end_date: last };
  }
  if (start_date !== undefined || end_date !== undefined)
    throw fault('A target has `days` and dates as well', 'Leave `days` out, or `start_date` and `end_date`.');
  return {
    start_date: written(isoDate(minus(end, { days })), date_format),
    end_date: written(isoDate(end), date_format, 'end'),
  };
}

const isoDay = (day: string): string => day.replace(/^(\d{2})-(\d{2})-(\d{4})$/, '$3-$1-$2');

function written(day: string, format: DateFormat, of: 'start' | 'end' = 'start'): string {
  const [year, month, date] = day.split('-');
  switch (format) {
    case 'MM-DD-YYYY':
      return `${month}-${date}-${year}`;
    case 'YYYY-MM-DD':
      return day;
    case 'instant':
      return of === 'start' ? `${day}T00:00:00.000Z` : `${day}T23:59:59.999Z`;
    default:
      return format satisfies never;
  }
}

const fault = (message: string, hint: string): TidemillError =>
  new TidemillError('config', 'brightdata-targets', message, { hint });
