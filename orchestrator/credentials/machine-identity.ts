/** Who the machine is, by the word of the platform that lends it. */
import { createHttp } from '@tidemill/kit';
import { z } from 'zod';
import type { KeeperWorld } from './refresh.ts';

const Answer = z.object({ value: z.string().min(1) });

/**
 * Asks GitHub for a token that says which workflow this is; undefined where it lends no machine, or the job may not ask.
 * https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
 */
export function machineIdentity({ env, clock, random, onSecret }: KeeperWorld): KeeperWorld['identity'] {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env;
  if (!url || !token) return undefined;
  return async (audience: string): Promise<string> => {
    const http = createHttp({ baseUrl: new URL(url).origin, clock, random, secrets: [token] });
    try {
      const { value } = await http.json(url, Answer, {
        query: { audience },
        headers: { authorization: `Bearer ${token}` },
      });
      await onSecret(value.value);
      return value.value;
    } finally {
      await http.close();
    }
  };
}
