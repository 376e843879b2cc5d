/** One value of an enum in the file, and the silver row. */
import { bigint, oneOf, text } from '@tidemill/kit';
import { z } from 'zod';

export const EnumValueRecord = z.object({
  enum: z.string().min(1),
  value: z.string().regex(/^-?\d+$/),
  label: z.string().min(1),
});

export const EnumValueRow = z.object({
  enum: text().describe('Name of the enum, such as `WebDXFeatureObserver`, the use counters of web features.'),
  value: bigint().describe('What the histogram counts under.'),
  label: text().describe('What it stands for.'),
  state: oneOf(['live', 'draft', 'obsolete']).describe('By how the label begins: `DRAFT_`, `OBSOLETE_` or neither.'),
  feature_match: text()
    .nullable()
    .describe(
      'Only of `WebDXFeatureObserver`: the label in small letters without `_`, which is the identifier of the web feature without `-`.',
    ),
});
