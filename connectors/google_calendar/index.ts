import { connector, declaredIn } from '@tidemill/kit';
import { googleOAuth } from '@tidemill/kit/google';
import { classifyGoogle } from '@tidemill/kit/google-errors';
import { z } from 'zod';
import { calendarChoices } from './choices.ts';
import manifest from './package.json' with { type: 'json' };
import { calendars, events, LIST_SCOPE } from './streams.ts';

const Entry = z.object({ id: z.string() });

const service = 'google_calendar';

export default connector({
  service,
  title: 'Google Calendar: events and calendars of an account',
  homepage: 'https://developers.google.com/workspace/calendar/api/guides/overview',
  credentials: declaredIn(manifest).credentials,
  baseUrl: 'https://www.googleapis.com',
  limits: [
    {
      requests: 600,
      perSeconds: 60,
      source: 'https://developers.google.com/workspace/calendar/api/guides/quota',
    },
  ],
  oauth: { ...googleOAuth, scopes: [LIST_SCOPE] },
  whoami: async (http) => (await http.json('calendar/v3/users/me/calendarList/primary', Entry)).value.id,
  classify: classifyGoogle(service),
  choices: { calendars: calendarChoices },
  streams: [events, calendars],
});
