import { connector, declaredIn } from '@tidemill/kit';
import { googleOAuth } from '@tidemill/kit/google';
import { rangeChoices } from './choices.ts';
import { classify } from './classify.ts';
import manifest from './package.json' with { type: 'json' };
import { values } from './streams.ts';

const LIMITS = 'https://developers.google.com/workspace/sheets/api/limits';

export default connector({
  service: 'google_sheets',
  title: 'Google Sheets: the rows of spreadsheets',
  homepage: 'https://developers.google.com/workspace/sheets/api/guides/concepts',
  credentials: declaredIn(manifest).credentials,
  baseUrl: 'https://sheets.googleapis.com',
  limits: [{ requests: 60, perSeconds: 60, source: LIMITS }],
  oauth: googleOAuth,
  classify,
  choices: { ranges: rangeChoices },
  streams: [values],
});
