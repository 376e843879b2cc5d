/** How a command job writes its table: what the fields of its entry say together. */
import type { Scope, WriteMode } from '@tidemill/kit';
import type { z } from 'zod';

interface Written {
  readonly columns?: Readonly<Record<string, unknown>> | undefined;
  readonly primary_key: readonly string[];
  /** `replace` is the older spelling of `scope: everything`. */
  readonly write?: WriteMode | 'replace' | undefined;
  readonly scope?: Scope | undefined;
}

/** What the merge does: the older spelling in today's words, and the defaults. */
export function writingOf({ write, scope, primary_key }: Written): {
  readonly write: WriteMode;
  readonly scope: Scope;
} {
  if (write === 'replace') return { write: 'upsert', scope: 'everything' };
  return { write: write ?? (primary_key.length > 0 ? 'upsert' : 'append'), scope: scope ?? 'changes' };
}

/** Leaves an issue for each field that does not go with the others. */
export function checkWriting({ columns, primary_key: key, write, scope }: Written, context: z.RefinementCtx): void {
  const say = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
  for (const [index, name] of key.entries()) {
    if (columns !== undefined && Object.hasOwn(columns, name)) continue;
    const names = Object.keys(columns ?? {});
    const message = `expected one of the job's columns${names.length > 0 ? `: ${names.join(', ')}` : ', and it has none'}`;
    say(['primary_key', index], message);
  }
  if (new Set(key).size < key.length) say(['primary_key'], 'expected each column only once');
  if (write !== undefined && write !== 'append' && key.length === 0) {
    say(['write'], `${write} needs a primary_key: expected append, or a key`);
  }
  if (scope === 'everything' && key.length === 0) {
    say(['scope'], 'everything needs a primary_key: expected changes, or a key');
  } else if (scope === 'everything' && write === 'append') {
    say(['scope'], 'everything cannot be appended: expected changes');
  }
  if (scope === 'changes' && write === 'replace') {
    say(['scope'], 'write: replace says everything: expected that, or no scope');
  }
}
