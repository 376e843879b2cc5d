import type { JobResult } from './result.ts';

/** The result with everything that came from outside made clean: what the failure, the log, the notices and the description say. Pure. */
export function redactedResult(result: JobResult, redact: (text: string) => string): JobResult {
  const { failure, trace, reason, description } = result;
  return {
    ...result,
    notices: result.notices.map(redact),
    rejects: result.rejects.map(redact),
    gates: result.gates.map(redact),
    ...(description === undefined ? {} : { description: redact(description) }),
    ...(reason === undefined ? {} : { reason: redact(reason) }),
    ...(failure === undefined ? {} : { failure: redactedFailure(failure, redact) }),
    ...(trace === undefined ? {} : { trace: { ...trace, log: trace.log.map(redact) } }),
  };
}

function redactedFailure(failure: NonNullable<JobResult['failure']>, redact: (text: string) => string) {
  const { message, hint } = failure;
  return { ...failure, message: redact(message), ...(hint === undefined ? {} : { hint: redact(hint) }) };
}
