/** What uma-export answers for a day, bucket by bucket, and the silver row. */
import { bigint, boolean, date, double, text } from '@tidemill/kit';
import { z } from 'zod';

/** https://github.com/GoogleChrome/webstatus.dev/blob/main/lib/metricdatatypes/uma_export_server.go */
export const FeatureUse = z.object({
  day: z.iso.date(),
  bucket: z.string(),
  use: z.object({
    rate: z.number(),
    milestone: z.string().nullish(),
    low_volume: z.boolean().nullish(),
  }),
});

export const FeatureUseRow = z.object({
  day: date().describe('The day that was counted.'),
  bucket_id: bigint().describe(
    'Which feature: the `value` of the enum `WebDXFeatureObserver` in `chromium_enums.enum_values`; 0 is visits of pages.',
  ),
  rate: double().describe('Share of page loads in Chrome that used it, 0 to 1.'),
  milestone: text().nullable().describe('Version of Chrome that the source names with it.'),
  low_volume: boolean().nullable().describe('Whether the source says that it was counted too seldom to be exact.'),
});
