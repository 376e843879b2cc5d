import { TidemillError } from '@tidemill/kit';
import type { Door } from '../run/extract/source.ts';
import { type Host, isOnActions } from './host.ts';

/** What an account holds is for who asks for it: logs of GitHub's machines are read by others, and kept. Throws `look-in-public`. */
export function refuseOnActions(
  host: Pick<Host, 'env'>,
  { isPublic, service }: Pick<Door, 'isPublic' | 'service'>,
): void {
  if (isPublic || !isOnActions(host)) return;
  const message = `What ${service} holds is not written into the log of a workflow`;
  throw new TidemillError('config', 'look-in-public', message, { hint: 'Ask on a machine of your own.' });
}
