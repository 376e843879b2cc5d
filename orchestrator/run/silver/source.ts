/** What the schema of a stream's source makes of a record. */
import { Decimal } from '@tidemill/kit';
import type { z } from 'zod';

/**
 * The record by its schema. Where that asks for a number and the source wrote more digits than one has, it is given the
 * nearest one, which it refuses if that is infinite; whatever else the schema takes keeps all digits. `record` is changed by
 * that.
 */
export function parseSource<S extends z.ZodType>(source: S, record: unknown): z.ZodSafeParseResult<z.output<S>> {
  const whole = { record };
  for (;;) {
    const result = source.safeParse(whole.record);
    if (result.success || !roundAll(whole, result.error.issues, ['record'])) return result;
  }
}

/** Rounds where the issues ask for it; answers whether that changed anything. */
function roundAll(whole: object, issues: readonly z.core.$ZodIssue[], from: readonly PropertyKey[]): boolean {
  let isChanged = false;
  for (const issue of issues) {
    const path = [...from, ...issue.path];
    if (issue.code === 'invalid_union')
      for (const own of issue.errors) isChanged = roundAll(whole, own, path) || isChanged;
    if (issue.code === 'invalid_type' && issue.expected === 'number') isChanged = roundAt(whole, path) || isChanged;
  }
  return isChanged;
}

function roundAt(whole: object, path: readonly PropertyKey[]): boolean {
  const last = path.at(-1) as PropertyKey;
  const holder = path.slice(0, -1).reduce<unknown>((value, key) => (value as Holder | undefined)?.[key], whole);
  const value = (holder as Holder | undefined)?.[last];
  if (!(value instanceof Decimal)) return false;
  (holder as Holder)[last] = value.toNumber();
  return true;
}

type Holder = { [key: PropertyKey]: unknown };
