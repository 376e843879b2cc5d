/** Whether somebody listens at an address, without a request. */
import { connect as connectPlain } from 'node:net';
import { connect as connectSafely } from 'node:tls';

const REACH_MS = 8_000;

/**
 * Resolves when somebody listens at the host of an `http:` or `https:` URL, and for the latter is who they say. Rejects with Node's error,
 * or one with the code `ETIMEDOUT` after 8 seconds.
 */
export async function reach({ hostname, port, protocol }: URL): Promise<void> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const isSafe = protocol === 'https:';
  const to = { host, port: Number(port || (isSafe ? 443 : 80)) };
  const socket = isSafe ? connectSafely({ ...to, servername: host }) : connectPlain(to);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(isSafe ? 'secureConnect' : 'connect', resolve);
      socket.once('error', reject);
      socket.setTimeout(REACH_MS, () => reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    });
  } finally {
    socket.destroy();
  }
}
