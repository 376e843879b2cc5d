/** Events without the secrets that the job could see. Pure. */
import type { Happening } from './run-event.ts';

type Redact = (text: string) => string;

/** The happening with everything that came from outside made clean; names, codes and keys of ours stay as they are. */
export function redacted(happening: Happening, redact: Redact): Happening {
  switch (happening.type) {
    case 'started':
      return { ...happening, description: redact(happening.description) };
    case 'notice':
      return { ...happening, message: redact(happening.message) };
    case 'requested':
      return { ...happening, url: redact(happening.url) };
    case 'unchanged':
      return { ...happening, what: redact(happening.what) };
    case 'rejected':
      return { ...happening, reasons: happening.reasons.map(redact) };
    case 'gate_unmet':
      return { ...happening, gate: redact(happening.gate) };
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
    case 'covered':
      return happening;
    default:
      return happening satisfies never;
  }
}

function clean<T extends { readonly message: string; readonly hint?: string }>(failure: T, redact: Redact): T {
  const { message, hint } = failure;
  return { ...failure, message: redact(message), ...(hint === undefined ? {} : { hint: redact(hint) }) };
}
