/** What Strava means where its status does not say it: https://developers.strava.com/docs/reference/#api-models-Fault */
import type { SourceResponse, Verdict } from '@tidemill/kit';
import { z } from 'zod';

const Fault = z.object({ resource: z.string().nullish(), field: z.string().nullish(), code: z.string().nullish() });
/** `errors` used to be a text. */
const Answer = z.object({ errors: z.array(Fault) });

export function classify(response: SourceResponse): Verdict | undefined {
  const { status, url } = response;
  const faults = status === 401 || status === 403 ? faultsIn(response.text) : [];
  if (faults.some(({ field, code }) => field === 'Status' && code === 'Inactive'))
    return {
      kind: 'auth',
      code: 'strava-inactive',
      message: `${url} answered ${status}: the app is inactive`,
      hint: 'Since June 2026 the owner of the app needs a subscription: https://www.strava.com/settings/api',
    };
  if (faults.some(({ resource, code }) => resource === 'AccessToken' && code === 'missing'))
    return {
      kind: 'auth',
      code: 'strava-scope',
      message: `${url} answered ${status}: a permission is missing`,
      hint: 'Sign in again and leave all boxes ticked: npx tidemill auth strava',
    };
  return undefined;
}

function faultsIn(text: string): z.infer<typeof Fault>[] {
  try {
    return Answer.safeParse(JSON.parse(text)).data?.errors ?? [];
  } catch {
    return [];
  }
}
