import type { SourceResponse, Verdict } from '@tidemill/kit';
import { classifyGoogle, googleRefusal } from '@tidemill/kit/google-errors';

const google = classifyGoogle('google_sheets');

/** Everything in a request is made by the connector but the range and the id, so 400 is about those. */
export function classify(response: SourceResponse): Verdict | undefined {
  if (response.status !== 400) return google(response);
  // An Excel file in Drive has an id as a spreadsheet has, and opens in the same page.
  if (googleRefusal(response)?.meaning === 'office file')
    return {
      kind: 'config',
      code: 'google-not-a-spreadsheet',
      message: `${response.url} answered 400: the document is no spreadsheet of Google Sheets`,
      hint: 'If it is an Excel file, open it there, choose File → Save as Google Sheets, and set `spreadsheet_id` to the id of the copy.',
    };
  return {
    kind: 'config',
    code: 'google-range',
    message: `${response.url} answered 400: the spreadsheet has no such range`,
    hint: 'Compare `ranges` of the job with the titles of the sheets; a title with blanks stands in quotes. And see that `spreadsheet_id` is that of a spreadsheet.',
  };
}
