/** Values for options that only the account knows, of connectors that are asked as a run asks them. */
import { STATE_KEY } from '@tidemill/kit/credentials';
import { expect, it, onTestFinished } from 'vitest';
import type { GoogleFake } from '../fakes/google.ts';
import { startGoogleCalendar } from '../fakes/google-calendar.ts';
import { sheetOf, startGoogleSheets } from '../fakes/google-sheets.ts';
import { project } from './project.ts';

async function choicesOf(service: string, fake: GoogleFake<never>, option: string, jobs: object): Promise<unknown> {
  onTestFinished(() => fake.close());
  const services = { [service]: { base_url: fake.baseUrl, auth_url: fake.authUrl } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ services, jobs }) });
  const env = { ...fake.credentials, [STATE_KEY]: 'a key that is only here' };
  const { exit, stdout, stderr } = await here.run(['catalog', 'choices', service, option, '--json'], { env });
  expect([exit, stderr]).toEqual([0, '']);
  return JSON.parse(stdout).choices;
}

it('names the calendars of the account, page by page, as the job has to', async () => {
  const fake = await startGoogleCalendar();
  const entry = { kind: 'calendar#calendarListEntry', accessRole: 'owner' };
  fake.publish({
    calendars: [
      { ...entry, id: 'ada@example.org', summary: 'ada@example.org', primary: true },
      { ...entry, id: 'team@group.example', summary: 'Team', summaryOverride: 'Our team' },
      { ...entry, id: 'untitled@group.example' },
    ],
    events: {},
  });
  const jobs = { events: { service: 'google_calendar', data_type: 'events' } };
  expect(await choicesOf('google_calendar', fake as unknown as GoogleFake<never>, 'calendars', jobs)).toEqual([
    { value: 'ada@example.org', label: 'ada@example.org' },
    { value: 'team@group.example', label: 'Our team' },
    { value: 'untitled@group.example' },
  ]);
});

it('names the sheets and ranges of the spreadsheets that jobs read, in quotes where they need some', async () => {
  const fake = await startGoogleSheets();
  const sheets = ['Prices', 'Q1', "Ada's", 'a:b'].map((title) => sheetOf(title, [['x']]));
  fake.publish({ spreadsheetId: 'sheet/1', sheets, namedRanges: { totals: 'Prices!A1:A2' } });
  const options = { spreadsheet_id: 'sheet/1', ranges: ['Prices'] };
  const jobs = {
    prices: { service: 'google_sheets', data_type: 'values', options },
    again: { service: 'google_sheets', data_type: 'values', options, enabled: false },
  };
  const found = await choicesOf('google_sheets', fake as unknown as GoogleFake<never>, 'ranges', jobs);
  const values = ['Prices', "'Q1'", "'Ada''s'", "'a:b'", 'totals'];
  expect(found).toEqual(values.map((value) => ({ value, label: 'A spreadsheet' })));
});
