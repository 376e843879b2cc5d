/** What an error is over HTTP: its status, and an answer that says who must act. */
import type { z } from '@hono/zod-openapi';
import { type ErrorKind, errorKinds, type TidemillError } from '@tidemill/kit';
import type { categories, ErrorAnswer } from './schemas.ts';

type Category = (typeof categories)[number];

/** Every status that an error may have. */
export const REFUSED = [400, 401, 404, 405, 408, 409, 411, 413, 415, 421, 422, 431, 500, 502, 503] as const;
export type RefusedStatus = (typeof REFUSED)[number];

/** What is to blame on the request, by its code. */
const ofRequests: Readonly<Record<string, RefusedStatus>> = {
  'request-invalid': 400,
  'request-unreadable': 400,
  'one-job': 400,
  'run-id-invalid': 400,
  'token-wrong': 401,
  'unknown-path': 404,
  'unknown-job': 404,
  'unknown-run': 404,
  'unknown-crawl': 404,
  'unknown-target': 404,
  'method-unknown': 405,
  'request-slow': 408,
  'confirmation-needed': 409,
  'older-slot-owed': 409,
  'claim-live': 409,
  'job-not-run': 409,
  'job-paused': 409,
  'job-elsewhere': 409,
  'job-renamed': 409,
  'no-crawls': 409,
  'length-missing': 411,
  'request-too-large': 413,
  'content-type': 415,
  'host-unknown': 421,
  'instant-invalid': 422,
  'slot-unknown': 422,
  'options-invalid': 422,
  'crawl-targets': 422,
  'job-unnamed': 422,
  'headers-too-large': 431,
};

/** Of everything else, who must act says it: what can be asked again unchanged, and what cannot. */
const ofKinds: Readonly<Record<ErrorKind, RefusedStatus>> = {
  config: 500,
  auth: 500,
  quota: 503,
  transient: 503,
  'source-changed': 502,
  bug: 500,
};

/** What a source refuses is no fault of this server. */
export const statusOf = ({ code, kind, request }: TidemillError): RefusedStatus =>
  ofRequests[code] ?? (kind === 'auth' && request !== undefined ? 502 : ofKinds[kind]);

const CONNECTION = /^http-(connection|timeout|unknown-host|not-trusted)$/;

function categoryOf(error: TidemillError): Category {
  const { code, kind, request } = error;
  if (Object.hasOwn(ofRequests, code)) return 'request';
  if (code.startsWith('http-') || code === 'crawl-refused' || request !== undefined) {
    if (CONNECTION.test(code)) return 'source-connection';
    if (kind === 'auth') return 'source-authentication';
    return kind === 'quota' ? 'source-rate-limit' : 'source-server';
  }
  if (code === 'server-busy' || code === 'server-stopped') return 'processing';
  // Before a connector is asked, only stores can be away.
  return kind === 'transient' || kind === 'quota' || kind === 'auth' || /^(bucket|warehouse|state)-/.test(code)
    ? 'storage'
    : 'processing';
}

/** The next thing to do where nothing else is known: nobody who asks can correct a configuration. */
function whoActs({ code, kind }: TidemillError): string {
  const status = ofRequests[code];
  if (status === undefined) return errorKinds[kind].who;
  return status === 409
    ? 'Look where the job stands, `GET /api/v1/jobs/{id}`, and ask again when it allows it.'
    : 'Correct the request: `GET /openapi.json` says what the API takes.';
}

/** Hints that only say something at a terminal. */
const inBodies: Readonly<Record<string, string>> = {
  'confirmation-needed': 'Send {"confirmed": true} in the body.',
  'job-paused': '`POST /api/v1/jobs/{id}/resume` lets it run again.',
};

/** `redact` takes out what this process knows of secrets. `crawlId`: of the one crawl that was asked for. */
export function errorAnswer(
  error: TidemillError,
  redact: (text: string) => string,
  crawlId?: string,
): z.output<typeof ErrorAnswer> {
  const { code, kind, message, hint } = error;
  return {
    status: 'error',
    // A fault of ours may say anything: its words are for the log.
    message: kind === 'bug' && code === 'unexpected' ? 'Something unexpected happened' : redact(message),
    error_code: code,
    error_category: categoryOf(error),
    ...(crawlId === undefined ? {} : { crawl_id: redact(crawlId) }),
    recovery_suggestion: inBodies[code] ?? (hint === undefined ? whoActs(error) : redact(hint)),
  };
}
