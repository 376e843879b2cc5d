import { connector, declaredIn } from '@tidemill/kit';
import { z } from 'zod';
import { classify } from './classify.ts';
import manifest from './package.json' with { type: 'json' };
import { activities } from './streams/activities.ts';
import { activityStreams } from './streams/activity-streams.ts';
import { athlete, athleteStats } from './streams/athlete.ts';

const { credentials, rotation } = declaredIn(manifest);

const Me = z.object({
  id: z.union([z.int(), z.bigint()]),
  firstname: z.string().nullish(),
  lastname: z.string().nullish(),
});

const RATE_LIMITS = 'https://developers.strava.com/docs/rate-limits/';
/** A quarter of an hour, from the full hour on, and a day, from 00:00 UTC on. */
const WINDOWS = [900, 86_400] as const;

export default connector({
  service: 'strava',
  title: 'Strava: activities of an athlete, what was measured during them, and totals',
  homepage: 'https://developers.strava.com/docs/reference/',
  credentials,
  baseUrl: 'https://www.strava.com/api/v3',
  budgets: [
    { limit: 'x-ratelimit-limit', usage: 'x-ratelimit-usage', windows: WINDOWS, source: RATE_LIMITS },
    { limit: 'x-readratelimit-limit', usage: 'x-readratelimit-usage', windows: WINDOWS, source: RATE_LIMITS },
  ],
  oauth: {
    authorizeUrl: 'https://www.strava.com/oauth/authorize',
    tokenUrl: 'https://www.strava.com/oauth/token',
    credentials: {
      clientId: 'STRAVA_CLIENT_ID',
      clientSecret: 'STRAVA_CLIENT_SECRET',
      refreshToken: 'STRAVA_REFRESH_TOKEN',
    },
    clientAuthentication: 'body',
    rotation,
    pkce: 'none',
    scopeSeparator: ',',
    scopes: ['read'],
    authorizeParameters: { approval_prompt: 'auto' },
    accessTokenSeconds: 21_600,
  },
  whoami: async (http) => {
    const { value } = await http.json('athlete', Me);
    return [value.firstname, value.lastname].filter(Boolean).join(' ') || String(value.id);
  },
  classify,
  streams: [activities, athlete, athleteStats, activityStreams],
});
