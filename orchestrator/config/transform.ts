/** The section `transform`: what dbt makes of the silver tables, and where. */
import { resolve } from 'node:path';
import { z } from 'zod';
import * as field from './fields.ts';

export const TransformSection = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'The workflow runs dbt after its legs, for what they have loaded. After a change: `npm run generate`. `npx tidemill transform` runs it by hand, whatever stands here.',
    ),
  project: field.Words.default('dbt').describe('Folder of the dbt project, relative to this file.'),
  expect: z
    .strictObject({
      max_failed_tests: z
        .int()
        .min(0)
        .default(0)
        .describe('The most tests that may fail, of those whose severity is error.'),
    })
    .default({ max_failed_tests: 0 })
    .describe(
      'Success gates. A run of dbt whose models were all made but that does not meet one is red and exits with 6; what it made stays.',
    ),
});

export interface Transform {
  /** Whether the workflow does it. */
  readonly enabled: boolean;
  /** Absolute folder. */
  readonly project: string;
  readonly expect: { readonly max_failed_tests: number };
}

/** `folder` is what relative paths start from. */
export function transformOf(section: z.output<typeof TransformSection> | null | undefined, folder: string): Transform {
  const { enabled, project, expect } = section ?? TransformSection.parse({});
  return { enabled, project: resolve(folder, project), expect };
}
