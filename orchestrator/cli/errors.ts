import { errorKinds, type TidemillError } from '@tidemill/kit';
import { faultsOf } from '../app/session.ts';
import { failureLines } from '../report/failure-lines.ts';
import type { Terminal } from './host.ts';

/** More than GitHub shows of a step: it stops at ten. */
const MOST_ANNOTATIONS = 50;

/** Tells a person what is wrong and who must act, on stderr; with `--json` as one document on stdout. */
export async function printError(host: Terminal, error: TidemillError, args: readonly string[]): Promise<void> {
  const { kind, code, message, hint } = error;
  const { who } = errorKinds[kind];
  if (args.includes('--json')) printDocument(host, error);
  host.stderr.write(`${failureLines({ code, message, hint, who }).join('\n')}\n`);
  // A bug is reported by people who need to see where.
  if (kind === 'bug' && error.cause instanceof Error) host.stderr.write(`${error.cause.stack}\n`);
  await annotate(host, error);
}

/** The one document on stdout that `--json` promises. */
export function printDocument(host: Terminal, error: TidemillError): void {
  const { kind, code, message, hint, exitCode: exit } = error;
  const { who } = errorKinds[kind];
  const document = { error: { kind, code, message, hint, who, exit, faults: faultsOf(error) } };
  host.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
}

/** Tells what went wrong beside the rest, as a state that cannot be read. Answers the exit code: that of the first. */
export async function printErrors(host: Terminal, errors: readonly (TidemillError | undefined)[]): Promise<number> {
  const found = errors.flatMap((error) => error ?? []);
  for (const error of found) await printError(host, error, []);
  return found[0]?.exitCode ?? 0;
}

async function annotate({ actions }: Terminal, error: TidemillError): Promise<void> {
  const faults = faultsOf(error)?.slice(0, MOST_ANNOTATIONS);
  const places = faults?.map((fault) => [fault, fault.place] as const) ?? [
    [error, { title: `tidemill: ${error.code}` }],
  ];
  for (const [what, place] of places) await actions?.annotate({ ...place, level: 'error', message: withHint(what) });
}

const withHint = ({ message, hint }: { readonly message: string; readonly hint?: string | undefined }): string =>
  hint === undefined ? message : `${message}\n${hint}`;
