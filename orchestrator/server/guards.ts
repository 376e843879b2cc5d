/** What a request must be before anything is done for it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { TidemillError } from '@tidemill/kit';
import type { MiddlewareHandler } from 'hono';

/** The largest body that is read, in bytes: a thousand targets of crawls, with their options. */
const MOST_BODY_BYTES = 256 * 1024;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Throws `token-wrong`. How long it takes says nothing of the token: digests are compared, which are all of one length. */
export function withToken(token: string): MiddlewareHandler {
  const wanted = digest(token);
  return async (context, next) => {
    const [, given] = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '') ?? [];
    if (given === undefined || !timingSafeEqual(digest(given), wanted)) {
      throw new TidemillError('auth', 'token-wrong', 'The request has no token, or not the one of this server', {
        hint: 'Send the header `Authorization: Bearer TOKEN`, with the value of TIDEMILL_SERVE_TOKEN.',
      });
    }
    await next();
  };
}

/** Names of this machine, with any port. */
const OWN_NAMES = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Throws `host-unknown` for a name that another machine's page may have made lead here (DNS rebinding): without a token, only the name
 * tells a browser that was led here from a person.
 */
export const withOwnName: MiddlewareHandler = async (context, next) => {
  if (!OWN_NAMES.test(context.req.header('host') ?? '')) {
    throw new TidemillError('config', 'host-unknown', 'The request is not for localhost', {
      hint: 'Ask http://localhost or http://127.0.0.1, or set TIDEMILL_SERVE_TOKEN and send the token.',
    });
  }
  await next();
};

/**
 * Of what changes something: JSON of a length that is said. A browser sends no other origin's page as JSON without asking first, and
 * nobody here answers that. Throws `content-type`, `length-missing` and `request-too-large`.
 */
export const withSmallJson: MiddlewareHandler = async (context, next) => {
  if (!/^application\/json *(;|$)/i.test(context.req.header('content-type') ?? '')) {
    throw new TidemillError('config', 'content-type', 'The body is not said to be JSON', {
      hint: 'Send the header `Content-Type: application/json`, and {} where there is nothing to say.',
    });
  }
  const length = context.req.header('content-length');
  if (length === undefined) {
    throw new TidemillError('config', 'length-missing', 'The request does not say how long its body is', {
      hint: 'Send the header `Content-Length`; a body in chunks is not taken.',
    });
  }
  if (Number(length) > MOST_BODY_BYTES) {
    throw new TidemillError('config', 'request-too-large', `The body has more than ${MOST_BODY_BYTES} bytes`);
  }
  await next();
};
