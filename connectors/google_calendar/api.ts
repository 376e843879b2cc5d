/** What Google's library is asked for, page by page. */
import { type Http, jsonLine, type Lines, TidemillError } from '@tidemill/kit';
import { type GoogleWalk, googlePages, sentBy } from '@tidemill/kit/google';
import { EventList } from './schema.ts';

/** The most Google takes; it may answer fewer. https://developers.google.com/workspace/calendar/api/v3/reference/events/list */
const EVENTS_PER_PAGE = 2500;

/** The id of a calendar is mostly an e-mail address, and addresses stand in manifests and public logs. */
const masked = (path: string): string => path.replace(/(\/calendars\/)[^/]+/, '$1ID');

/** Loaded with the first request: a plan does without. */
export async function openApi(http: Http) {
  const { calendar } = await import('@googleapis/calendar');
  return calendar({ version: 'v3', ...sentBy(http, 'items', masked) });
}

type Parameters = Readonly<Record<'syncToken' | 'timeMin' | 'timeMax', string>>;

/** The events of a calendar; answers the token for the next sync, where Google gives one. */
export async function* eventsOf<Step = never>(
  http: Http,
  calendarId: string,
  { single_events: singleEvents }: { readonly single_events: boolean },
  parameters: Partial<Parameters>,
  walk: GoogleWalk<Step> = {},
): AsyncGenerator<Lines | Step, string | undefined> {
  const api = await openApi(http);
  const asked = { calendarId, singleEvents, maxResults: EVENTS_PER_PAGE, ...parameters };
  const last = yield* googlePages(
    (pageToken) => api.events.list({ ...asked, ...(pageToken === undefined ? {} : { pageToken }) }),
    EventList,
    (event) => jsonLine({ calendar: calendarId, single_events: singleEvents, event }),
    walk,
  );
  return last.nextSyncToken;
}

/** Only the last page has one: a list without it is not whole. Without it there would never be a next sync either. */
export function needed(token: string | undefined): string {
  if (token !== undefined) return token;
  throw new TidemillError('source-changed', 'google-no-sync-token', 'A list ends without a sync token', {
    hint: "Compare the parameters of the request with Google's guide to synchronization.",
  });
}
