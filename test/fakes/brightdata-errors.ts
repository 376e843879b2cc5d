/** How Bright Data refuses: https://docs.brightdata.com/products/scrapers/error-codes; and what it takes, by its OpenAPI. */
import type { Reply, SeenRequest } from './http-server.ts';

export const plain = (status: number, text: string): Reply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: text,
});

export const TOO_MANY_JOBS: Reply = plain(
  429,
  'You have too many running jobs for this dataset. Please wait until some of them finish or consider combining multiple inputs into a single request. Running jobs: 100>=100',
);

/** As it says with a status that comes from in front of it. */
export const refusalOf = (status: number): Reply => {
  switch (status) {
    case 429:
      return { ...plain(429, 'Too many requests'), headers: { 'retry-after': '2' } };
    case 402:
      return plain(402, 'Account is suspended');
    case 403:
      return plain(403, 'Not permitted');
    default:
      return plain(status, 'Internal server error');
  }
};

const DATASET = /^gd_[a-z0-9]{8,30}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const FLAG = /^(?:true|false)$/;
const COUNT = /^\d{1,9}$/;
const FORMAT = /^(?:json|ndjson|jsonl|csv)$/;
const BATCH = /^[1-9]\d{3,8}$/;

type Parameters = Readonly<Record<string, RegExp>>;

export const parameters = {
  trigger: {
    dataset_id: DATASET,
    custom_output_fields: /./,
    type: /^discover_new$/,
    discover_by: /^\w+$/,
    include_errors: FLAG,
    limit_per_input: COUNT,
    limit_multiple_results: COUNT,
    notify: /^https?:/,
    endpoint: /^https?:/,
    format: FORMAT,
    auth_header: /./,
    uncompressed_webhook: FLAG,
  },
  snapshot: { format: FORMAT, compress: FLAG, batch_size: BATCH, part: /^[1-9]\d{0,8}$/ },
  parts: { format: FORMAT, compress: FLAG, batch_size: BATCH },
  list: {
    dataset_id: DATASET,
    status: /^(?:starting|running|ready|failed)$/,
    skip: COUNT,
    limit: /^(?:[1-9]\d{0,2}|[1-4]\d{3}|5000)$/,
    from_date: DAY,
    to_date: DAY,
    with_total: FLAG,
    trigger_type: /^(?:ALL|CP|API)$/,
  },
  none: {},
} as const satisfies Record<string, Parameters>;

/** Undefined where all of them are what the OpenAPI says, and none is missing. */
export function wrongParameter({ query }: Pick<SeenRequest, 'query'>, allowed: Parameters): Reply | undefined {
  if (allowed === parameters.list && query['dataset_id'] === undefined)
    return { status: 400, json: { validation_errors: ['"dataset_id" is required'] } };
  const wrong = Object.entries(query).find(([name, value]) => allowed[name]?.test(value) !== true);
  return wrong === undefined
    ? undefined
    : { status: 400, json: { validation_errors: [`"${wrong[0]}" is not allowed`] } };
}

/** Fields of the input, of a scraper of posts. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  url: (value) => typeof value === 'string' && URL.canParse(value),
  num_of_posts: (value) => Number.isInteger(value),
  start_date: (value) => typeof value === 'string' && /^\d{2}-\d{2}-\d{4}$/.test(value),
  end_date: (value) => typeof value === 'string' && /^\d{2}-\d{2}-\d{4}$/.test(value),
  include_profile_data: (value) => typeof value === 'boolean',
  posts_to_not_include: Array.isArray,
  keyword: (value) => typeof value === 'string',
};

/** What is wrong with the body of a trigger; the inputs where nothing is. */
export function inputsOf(body: string): Reply | readonly Readonly<Record<string, unknown>>[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { status: 400, json: { error: 'Parser cannot parse input: unexpected end', code: 'parse_error' } };
  }
  if (!Array.isArray(parsed) || parsed.length === 0) return plain(400, 'No data to trigger');
  const inputs = parsed as Readonly<Record<string, unknown>>[];
  const errors = inputs.flatMap((input) =>
    Object.entries(input)
      .filter(([name, value]) => FIELDS[name]?.(value) !== true)
      .map(([name]) => [name, name === 'url' ? 'This field must be a valid url' : 'This field is not allowed']),
  );
  if (errors.length === 0) return inputs;
  const line = JSON.stringify(inputs[0]);
  return { status: 400, json: { error: 'Invalid input provided', code: 'validation_error', line, index: 1, errors } };
}
