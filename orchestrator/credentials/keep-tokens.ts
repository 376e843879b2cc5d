/** Hands out access tokens to the runs of a process: one holder a service, or an address of it, one refresh at a time. */
import type { AccessToken, KeepTokens, TokenRequest } from '@tidemill/kit';
import type { Secrets } from './envelope.ts';
import { machineIdentity } from './machine-identity.ts';
import { goodAccess, type KeeperWorld, type Obtain, refresh, seedOf } from './refresh.ts';
import { rotatingTokens } from './rotating-tokens.ts';

/**
 * Nothing is read or asked before the first token is. Tokens throw kind `auth` when a person must sign in again, `config`
 * without the key that a service with rotation needs, and what the service's token endpoint fails with.
 */
export function tokenKeeper(given: KeeperWorld): KeepTokens {
  const world = { ...given, identity: machineIdentity(given) };
  const holders = new Map<string, AccessToken>();
  return (request) => {
    const holderFor = (audience: string | undefined): AccessToken => {
      const name = [request.service, audience].join(' ');
      const holder = holders.get(name) ?? holderOf(obtainer({ ...request, audience }, world), world);
      holders.set(name, holder);
      return holder;
    };
    return (refused, audience) => holderFor(audience)(refused);
  };
}

/** A refresh token that does not rotate is the seed for ever: nothing needs to be kept. */
function obtainer(request: TokenRequest, world: KeeperWorld): Obtain {
  if (request.tokens.rotation !== 'never') return rotatingTokens(request, world);
  return async (refused) => {
    const seed = seedOf(request);
    return goodAccess(seed, world.clock.now(), refused) === undefined ? refresh(request, seed, world) : seed;
  };
}

/** Whoever asks while another one is at it gets what that one gets. */
function holderOf(obtain: Obtain, { clock, onSecret }: KeeperWorld): AccessToken {
  let latest: Secrets | undefined;
  let underWay: Promise<Secrets> | undefined;
  return async (refused) => {
    const good = latest === undefined ? undefined : goodAccess(latest, clock.now(), refused);
    if (good !== undefined) return good;
    underWay ??= announced(obtain(refused), onSecret).finally(() => {
      underWay = undefined;
    });
    latest = await underWay;
    return latest.access ?? '';
  };
}

/** The access token, and what took the place of the seed: neither is a secret that anybody knew before. */
async function announced(obtained: Promise<Secrets>, onSecret: KeeperWorld['onSecret']): Promise<Secrets> {
  const secrets = await obtained;
  for (const secret of [secrets.access, secrets.held]) if (secret !== undefined) await onSecret(secret);
  return secrets;
}
