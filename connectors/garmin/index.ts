import { connector, declaredIn } from '@tidemill/kit';
import { z } from 'zod';
import { authorize, classify } from './answers.ts';
import manifest from './package.json' with { type: 'json' };
import { activities } from './streams/activities.ts';
import { bodyBattery, heartRate, steps, stress } from './streams/days.ts';
import { hrv, sleep } from './streams/nights.ts';
import { weight } from './streams/weight.ts';
import { importTokens } from './token-set.ts';
import { tokens } from './tokens.ts';

const SocialProfile = z.object({ fullName: z.string().nullish(), displayName: z.string() });

export default connector({
  service: 'garmin',
  title: 'Garmin Connect: activities, sleep and what a watch measures all day',
  homepage: 'https://connect.garmin.com',
  baseUrl: 'https://connectapi.garmin.com',
  credentials: declaredIn(manifest).credentials,
  tokens,
  signIn: {
    withPassword: async (context) => (await import('./password.ts')).signInWithPassword(context),
    importTokens,
    imports: [
      'python-garminconnect (garmin_tokens.json)',
      'garth (oauth1_token.json, or the text of `garth.client.dumps()`)',
      'garmin-connect for Node (oauth1_token.json, or the JSON of `exportToken()`)',
    ],
  },
  async whoami(http) {
    const { value } = await http.json('/userprofile-service/socialProfile', SocialProfile);
    return value.fullName ?? value.displayName;
  },
  authorize,
  classify,
  limits: [
    {
      // Garmin publishes none; this is what its users get along with.
      requests: 1,
      perSeconds: 1,
      source: 'https://github.com/cyberjunky/python-garminconnect',
    },
  ],
  streams: [activities, sleep, heartRate, steps, stress, hrv, bodyBattery, weight],
});
