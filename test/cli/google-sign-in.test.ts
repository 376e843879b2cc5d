/** Google Calendar and Google Sheets share one client and one refresh token, whose scopes are those of the last sign-in. */
import { expect, it } from 'vitest';
import { googleAnswer } from '../fakes/google.ts';
import { installedApp, SCOPES } from '../fakes/google-accounts.ts';
import { calendarApi } from '../fakes/google-calendar.ts';
import { sheetOf, sheetsApi } from '../fakes/google-sheets.ts';
import type { Answer } from '../fakes/oauth-authority.ts';
import { fakeOAuth } from '../fakes/oauth-server.ts';
import { type Outcome, type Project, project } from './project.ts';

const APP = installedApp('shared');
const CLIENT = { GOOGLE_CLIENT_ID: APP.clientId, GOOGLE_CLIENT_SECRET: APP.clientSecret };
const JOBS = {
  events: { service: 'google_calendar', data_type: 'events' },
  prices: { service: 'google_sheets', data_type: 'values', options: { spreadsheet_id: 'one', ranges: ['Prices'] } },
};

interface Place extends Project {
  signIn(service: string, answer?: Answer): Promise<Outcome & { readonly page: string; readonly asked: string[] }>;
}

/** An account with an event and a sheet, and a project that reads both. */
async function place(jobs: object = JOBS): Promise<Place> {
  const [calendar, sheets] = [calendarApi(), sheetsApi()];
  const time = { dateTime: '2026-11-20T10:00:00Z' };
  const lunch = { id: 'lunch', start: time, end: time };
  calendar.publish({ calendars: [{ id: 'primary' }], events: { primary: [lunch] } });
  sheets.publish({ spreadsheetId: 'one', sheets: [sheetOf('Prices', [['name'], ['Thing']])] });
  const source = await fakeOAuth({
    ...APP,
    now: () => new Date('2026-11-21T06:30:00Z'),
    api: (request, authority) => {
      if (request.path.endsWith('/calendarList/primary')) return { json: { id: 'ada@example.org' } };
      const api = request.path.startsWith('/calendar/') ? calendar : sheets;
      return googleAnswer(api, request, authority.scopesOf(request));
    },
  });
  const at = { base_url: source.url, auth_url: source.url };
  const services = { google_calendar: at, google_sheets: at };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ services, jobs }) });
  return {
    ...here,
    async signIn(service, answer) {
      let browsing: Promise<{ readonly text: string }> | undefined;
      const browse = (address: string): void => {
        browsing = source.browse(address, answer);
      };
      const outcome = await here.run(['auth', service], { env: CLIENT, person: { browse } });
      const [address = ''] = /http\S+\/auth\?\S+/.exec(outcome.stderr) ?? [];
      const asked = new URL(address).searchParams.get('scope')?.split(' ') ?? [];
      return { ...outcome, page: (await browsing)?.text ?? '', asked: asked.sort() };
    },
  };
}

const ALL = Object.values(SCOPES).sort();
const tokenIn = ({ stdout }: Outcome): string => /GOOGLE_REFRESH_TOKEN=(\S+)/.exec(stdout)?.[1] ?? '';

it.each(['google_sheets', 'google_calendar'])(
  'a sign-in to %s is one to both: either job runs with its token',
  async (service) => {
    const here = await place();
    const signedIn = await here.signIn(service);
    expect([signedIn.exit, signedIn.asked]).toEqual([0, ALL]);
    const other = service === 'google_sheets' ? 'google_calendar' : 'google_sheets';
    expect(signedIn.stderr).toContain(`${service} shares its credential GOOGLE_REFRESH_TOKEN with ${other}`);
    const env = { ...CLIENT, GOOGLE_REFRESH_TOKEN: tokenIn(signedIn) };
    for (const job of Object.keys(JOBS)) {
      const run = await here.run(['run', job, '--json'], { env });
      expect(run.json().results).toMatchObject([{ result: 'done', totals: { records: 1 } }]);
    }
  },
);

it('asks for nothing that no enabled job needs', async () => {
  const { events, prices } = JOBS;
  const here = await place({ events: { ...events, enabled: false }, prices });
  const signedIn = await here.signIn('google_sheets');
  expect([signedIn.asked, signedIn.stderr]).toEqual([[SCOPES.spreadsheets], expect.not.stringContaining('shares')]);
  const env = { ...CLIENT, GOOGLE_REFRESH_TOKEN: tokenIn(signedIn) };
  // A job that came later says what is to be done.
  const run = await here.run(['run', 'events', '--force', '--json'], { env });
  expect(run.json().results).toMatchObject([
    { failure: { code: 'google-scope', hint: expect.stringContaining('tidemill auth google_calendar') } },
  ]);
});

it('names what was not ticked, in the browser too, and hands on no token', async () => {
  const here = await place();
  const signedIn = await here.signIn('google_calendar', { scopes: [SCOPES.events, SCOPES.calendarList] });
  expect([signedIn.exit, signedIn.stdout]).toEqual([3, '']);
  for (const told of [signedIn.stderr, signedIn.page]) {
    expect(told).toContain(`was not allowed to: ${SCOPES.spreadsheets}`);
    expect(told).toContain('leave the boxes ticked');
  }
});
