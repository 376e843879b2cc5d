/** What comes from a bucket is parsed before anything is made of it. */
import type { z } from 'zod';
import { notReadable } from './faults.ts';

/** The value as its schema has it, or `lake-format` with the place of the first fault; never with the value. */
export function parsed<T>(schema: z.ZodType<T>, value: unknown, url: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw notReadable(url, `${issue?.message} (${issue?.path.map(String).join('.')})`, result.error);
}

/** Absent and null are one to some writers. */
export const maybe = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);
