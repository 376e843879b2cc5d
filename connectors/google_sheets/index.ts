import { connector } from '@tidemill/kit';
import { googleCredentials, googleOAuth } from '@tidemill/kit/google';
import { classify } from './classify.ts';
import { values } from './streams.ts';

const LIMITS = 'https://developers.google.com/workspace/sheets/api/limits';

export default connector({
  service: 'google_sheets',
  title: 'Google Sheets: the rows of spreadsheets',
  homepage: 'https://developers.google.com/workspace/sheets/api/guides/concepts',
  credentials: googleCredentials,
  baseUrl: 'https://sheets.googleapis.com',
  limits: [{ requests: 60, perSeconds: 60, source: LIMITS }],
  oauth: googleOAuth,
  classify,
  streams: [values],
});
