/**
 * What uma-export answers: a line that keeps scripts of other sites from reading it, and JSON behind it.
 * https://github.com/GoogleChrome/chromium-dashboard/blob/main/internals/fetchmetrics.py
 */
import { type Classify, readJsonFile, TidemillError } from '@tidemill/kit';
import { z } from 'zod';

/** Buckets are numbers; what is in them is checked later, one by one. */
const Answer = z.object({
  r: z.record(z.string().regex(/^\d+$/), z.unknown()).nullish(),
  e: z.unknown().optional(),
});

const GUARD = ')]}';
const LINE_FEED = 0x0a;

export type Buckets = Readonly<Record<string, unknown>>;

/**
 * The buckets of a day; undefined where it is not ready: then there are none, or there is a message, whatever is beside it. Throws
 * kind `source-changed` for any other text.
 */
export function readAnswer(bytes: Buffer): Buckets | undefined {
  const end = bytes.indexOf(LINE_FEED);
  if (end === -1 || !bytes.subarray(0, GUARD.length).equals(Buffer.from(GUARD))) throw noGuard();
  const { r, e } = readJsonFile(bytes.subarray(end + 1), Answer, (says) => changed(`What uma-export answered ${says}`));
  const isReady = (e === undefined || e === null || e === '') && Object.keys(r ?? {}).length > 0;
  return isReady ? (r ?? undefined) : undefined;
}

const noGuard = (): TidemillError =>
  new TidemillError('source-changed', 'uma-answer', `uma-export answered no data: it does not begin with ${GUARD}`, {
    hint: 'It may be a page to sign in: then the service account is not let in. Nothing was kept, and the day is asked for again.',
  });

const changed = (message: string): TidemillError =>
  new TidemillError('source-changed', 'uma-answer', message, {
    hint: 'Nothing of the day was kept, and it is asked for again. If it stays so, the connector must learn the new shape.',
  });

/** The key is good, as a token was made with it. */
export const classify: Classify = ({ status, url }) =>
  status === 401 || status === 403
    ? { kind: 'auth', code: 'uma-not-let-in', message: `${url} answered ${status}`, hint: LET_IN }
    : undefined;

const LET_IN =
  'uma-export does not let the service account in: who runs it at Google must allow it. Check which one it is: npx tidemill auth chromium_uma';

/** App Engine sends whoever it does not know to a page where people sign in. */
export function sentToSignIn(cause: TidemillError): TidemillError {
  const error = new TidemillError('auth', 'uma-not-let-in', cause.message, { hint: LET_IN, cause });
  error.request = cause.request;
  return error;
}
