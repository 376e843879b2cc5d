import type { SourceResponse, Verdict } from '@tidemill/kit';
import { classifyGoogle } from '@tidemill/kit/google';

const google = classifyGoogle('google_sheets');

/** Everything in a request is made by the connector but the range, so 400 is about that: mostly a sheet that is not there. */
export function classify(response: SourceResponse): Verdict | undefined {
  if (response.status !== 400) return google(response);
  return {
    kind: 'config',
    code: 'google-range',
    message: `${response.url} answered 400: the spreadsheet has no such range`,
    hint: 'Compare `ranges` of the job with the titles of the sheets; a title with blanks stands in quotes.',
  };
}
