/** What the file says, as https://github.com/web-platform-dx/developer-signals publishes it, and the silver row. */
import { integer, text } from '@tidemill/kit';
import { z } from 'zod';

/** By the identifier of the feature; single entries are checked later, one by one. An empty file would delete every row. */
export const Signals = z
  .record(z.string(), z.unknown())
  .refine((features) => Object.keys(features).length > 0, 'it names no feature');

export const SignalRecord = z.object({ feature: z.string(), signal: z.object({ url: z.string(), votes: z.int() }) });

export const VotesRow = z.object({
  feature_id: text().describe(
    'Identifier of the feature when its discussion was opened; `web_features.moved_features` knows where it has gone.',
  ),
  votes: integer().describe('Developers who want the feature.'),
  url: text().describe('Where they vote.'),
});
