/**
 * What Bright Data means by a refusal: https://docs.brightdata.com/products/scrapers/error-codes and
 * https://docs.brightdata.com/datasets/scrapers/scrapers-library/error-list-by-endpoint
 */
import type { Classify, SourceResponse, Verdict } from '@tidemill/kit';
import { retryAfter } from '@tidemill/kit/http-response';
import { z } from 'zod';

/** Errors are plain texts, or objects that have one. */
const Said = z.object({
  error: z.string().nullish(),
  message: z.string().nullish(),
  errors: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())).nullish(),
  validation_errors: z.array(z.unknown()).nullish(),
});
type Said = z.output<typeof Said>;

function saidIn(text: string): Said {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'string' ? { error: parsed } : Said.parse(parsed);
  } catch {
    // A page is nothing that Bright Data says.
    return /^\s*</.test(text) ? {} : { error: text };
  }
}

export const classify: Classify = (response) => {
  if (response.status < 400) return undefined;
  const said = saidIn(response.text);
  const at = `${response.url} answered ${response.status}`;
  return ofAccount(response.status, said, at) ?? tooMany(response, said, at) ?? ofRequest(response, said, at);
};

/** What the account may not, whatever was asked for. */
function ofAccount(status: number, { error, message }: Said, at: string): Verdict | undefined {
  const text = `${error ?? ''} ${message ?? ''}`;
  if (status === 402 || /account is suspended|insufficient (?:funds|balance)/i.test(text))
    return {
      kind: 'config',
      code: 'brightdata-balance',
      message: `${at}: the account has no balance left, or is suspended`,
      hint: 'Top it up (https://brightdata.com/cp/billing). Nothing was triggered, and the next run goes on.',
    };
  if (/account is new\b|customer is not active/i.test(text))
    return {
      kind: 'config',
      code: 'brightdata-account',
      message: `${at}: the account is not activated`,
      hint: 'Activate it at Bright Data, in the account settings (https://brightdata.com/cp/setting).',
    };
  if (status === 401)
    return {
      kind: 'auth',
      code: 'brightdata-api-key',
      message: `${at}: the API key is not accepted`,
      hint: 'Put another key into BRIGHTDATA_API_KEY (account settings → Users and API keys), and check it: npx tidemill auth brightdata',
    };
  if (status === 403)
    return {
      kind: 'auth',
      code: 'brightdata-permission',
      message: `${at}: the API key may not do this`,
      hint: 'Give the key its permission (account settings → Users and API keys), and check it: npx tidemill auth brightdata',
    };
  return undefined;
}

function tooMany({ status, headers, now }: SourceResponse, { error }: Said, at: string): Verdict | undefined {
  if (status !== 429 || !/too many running jobs|maximum limit of \d+ jobs/i.test(error ?? '')) return undefined;
  return {
    kind: 'quota',
    code: 'brightdata-running-jobs',
    message: `${at}: too many crawls of this dataset are running`,
    hint: 'Nothing was triggered. The next run goes on when some of them have ended.',
    retryAfterSeconds: retryAfter(headers['retry-after'], now),
  };
}

/** What was wrong with what was asked for. */
function ofRequest({ status, url }: SourceResponse, said: Said, at: string): Verdict | undefined {
  if (/\/datasets\/v3\/trigger\b/.test(url)) return ofTrigger(status, said, at);
  const isOfSnapshot = /\/datasets\/v3\/(?:snapshot|progress)\//.test(url) && (status === 400 || status === 404);
  return isOfSnapshot ? ofSnapshot(said.error ?? '', at) : undefined;
}

function ofTrigger(status: number, said: Said, at: string): Verdict | undefined {
  if (/collector not found|dataset does not exist|dataset missing|not allowed for api/i.test(said.error ?? ''))
    return {
      kind: 'config',
      code: 'brightdata-dataset',
      message: `${at}: there is no such dataset, or it is not for the API`,
      hint: 'Correct the option `dataset_id` of the job: the page of the scraper at Bright Data names it.',
    };
  if (status !== 400 && status !== 422) return undefined;
  return {
    kind: 'config',
    code: 'brightdata-input',
    message: `${at}: the scraper does not take the input${reasonsIn(said)}`,
    hint: 'Correct the options of the job: the page of the scraper at Bright Data says what it takes. Nothing was triggered.',
  };
}

const MOST_REASONS = 5;
/** Of those that say more, what they name is how scrapers are asked. */
const KNOWN_SENTENCE =
  /^(?:no data to trigger|should be at least \d+ inputs|this dataset (?:is not ready(?: yet)?|was rejected)|discover_by is required|(?:incorrect discovery collector id|this dataset does not support (?:discovery|collection))[\w .,:'[\]]*)\.?$/i;

/** Names of fields and what is asked of them; never what they were. */
function reasonsIn({ error, errors, validation_errors }: Said): string {
  const reasons = [
    ...(errors ?? []).map(([field, reason]) => `${field}: ${reason}`),
    ...(validation_errors ?? []).filter((each) => typeof each === 'string'),
    ...(KNOWN_SENTENCE.test(error ?? '') ? [error] : []),
  ];
  return reasons.length === 0 ? '' : `: ${reasons.slice(0, MOST_REASONS).join('; ').slice(0, 300)}`;
}

/** Of a snapshot: whoever goes on with it looks at the code. */
export const EXPIRED = 'brightdata-expired';
export const EMPTY = 'brightdata-empty';
export const TOO_LARGE = 'brightdata-too-large';
export const UNKNOWN = 'brightdata-unknown';
export const NOT_RUNNING = 'brightdata-not-running';
export const NO_INPUT = 'brightdata-no-input';

function ofSnapshot(text: string, at: string): Verdict | undefined {
  if (/snapshot is expired/i.test(text))
    return {
      kind: 'source-changed',
      code: 'brightdata-expired',
      message: `${at}: the snapshot has expired`,
      hint: 'Bright Data keeps a snapshot for 16 to 30 days: what it had can only be crawled again.',
    };
  if (/snapshot is empty/i.test(text))
    return { kind: 'source-changed', code: 'brightdata-empty', message: `${at}: the snapshot has no records` };
  if (/too big for single file/i.test(text))
    return { kind: 'source-changed', code: 'brightdata-too-large', message: `${at}: it is too large for one file` };
  if (/snapshot (?:does not exist|not found)/i.test(text))
    return { kind: 'source-changed', code: 'brightdata-unknown', message: `${at}: there is no such snapshot` };
  if (/snapshot is not running/i.test(text))
    return { kind: 'source-changed', code: 'brightdata-not-running', message: `${at}: it is not running` };
  if (/snapshot (?:is )?not ready/i.test(text))
    return { kind: 'transient', code: 'brightdata-not-ready', message: `${at}: it is not ready yet` };
  if (/snapshot input does not exist/i.test(text))
    return { kind: 'source-changed', code: 'brightdata-no-input', message: `${at}: its input is not there` };
  return undefined;
}
