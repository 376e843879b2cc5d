/** Events without the secrets that the job could see. Pure. */
import type { Failure, Happening } from './run-event.ts';

type Redact = (text: string) => string;

/** The happening with everything that came from outside made clean; names, codes and keys of ours stay as they are. */
export function redacted(happening: Happening, redact: Redact): Happening {
  switch (happening.type) {
    case 'started':
      return { ...happening, description: redact(happening.description) };
    case 'notice':
      return { ...happening, message: redact(happening.message) };
    case 'said':
      return { ...happening, line: redact(happening.line) };
    case 'requested':
      return { ...happening, url: redact(happening.url) };
    case 'unchanged':
      return { ...happening, what: redact(happening.what) };
    case 'rejected':
      return { ...happening, reasons: happening.reasons.map((one) => ({ ...one, reason: redact(one.reason) })) };
    case 'changed':
      return happening.shown === undefined ? happening : { ...happening, shown: happening.shown.map(redact) };
    case 'gate_unmet':
      return { ...happening, gate: redact(happening.gate) };
    case 'crawled':
      return happening.reason === undefined ? happening : { ...happening, reason: redact(happening.reason) };
    case 'stopped':
      return { ...happening, reason: redact(happening.reason) };
    case 'failed':
      return { ...happening, failure: clean(happening.failure, redact), frames: happening.frames.map(redact) };
    case 'claimed':
    case 'page_read':
    case 'committed':
    case 'rows_mapped':
    case 'loaded':
    case 'drifted':
    case 'done':
    case 'parked':
    case 'covered':
      return happening;
    default:
      return happening satisfies never;
  }
}

function clean(failure: Failure, redact: Redact): Failure {
  const { message, hint, request } = failure;
  return {
    ...failure,
    message: redact(message),
    ...(hint === undefined ? {} : { hint: redact(hint) }),
    ...(request === undefined ? {} : { request: cleanRequest(request, redact) }),
  };
}

/** Whoever answers may repeat in its headers what it was asked with. */
function cleanRequest(request: NonNullable<Failure['request']>, redact: Redact): NonNullable<Failure['request']> {
  const { url, headers = {} } = request;
  const cleaned = Object.entries(headers).map(([name, value]) => [name, redact(value)] as const);
  return {
    ...request,
    url: redact(url),
    ...(request.headers === undefined ? {} : { headers: Object.fromEntries(cleaned) }),
  };
}
