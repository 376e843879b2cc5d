/** What went wrong in a browser, as errors that say who must act. None says what a page shows. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { withoutQueryValues } from '@tidemill/kit/http-request';
import { retryAfter, statusVerdict } from '@tidemill/kit/http-response';
import { redactUrl } from '@tidemill/kit/redact';

/** An address as anybody may see it. */
export const shownUrl = (url: string): string => withoutQueryValues(redactUrl(url));

/** What an answer with a status that is no success means. */
export function statusFault(
  { method, url, status, headers }: { method: string; url: string; status: number; headers: Record<string, string> },
  now: Date,
): TidemillError {
  const label = `${method} ${shownUrl(url)}`;
  const { kind, code, message, hint } = statusVerdict({ status, headers, text: '', url, now }, label);
  const wait = retryAfter(headers['retry-after'], now);
  const fault = new TidemillError(kind, code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(wait === undefined || kind === 'auth' || kind === 'source-changed' ? {} : { retryAfterSeconds: wait }),
  });
  fault.request = { method, url: shownUrl(url), status };
  return fault;
}

/** The page is another one than the connector knows. `what` is a sentence without anything that the page shows. */
export const pageChanged = (what: string, cause?: unknown): TidemillError =>
  new TidemillError('source-changed', 'page-changed', what, {
    hint: 'Look at the screenshot and the HTML beside the error file: the connector must learn the new page.',
    cause,
  });

export const pageSlow = (what: string): TidemillError =>
  new TidemillError('transient', 'page-slow', what, {
    hint: 'It is tried again. If it stays so, give the connector longer limits.',
  });

const hostUndeclared = (url: string): TidemillError =>
  new TidemillError(
    'source-changed',
    'host-undeclared',
    `The page leads to ${shownUrl(url)}, a host that is not declared`,
    {
      hint: 'If the source has moved, or signs people in there, declare that host in the connector.',
    },
  );

const died = (): TidemillError =>
  new TidemillError('transient', 'browser-died', 'The browser has ended before the run', {
    hint: 'It may have had too little memory. What was committed is kept, and the run is tried again.',
  });

/** What was going on when something failed. */
interface Scene {
  /** Where the page was to go, and was not let. */
  readonly refusedPage: string | undefined;
  /** Requests without an answer yet. */
  readonly open: number;
  readonly crashed: boolean;
}

/** Where an error of the driver begins: `locator.click: …`. */
const OF_THE_DRIVER = /^([a-zA-Z]+\.[a-zA-Z]+): /;
const NETWORK = /net::(ERR_\w+)/;

/** Errors of TLS and of names that another try does not mend. */
const MISCONFIGURED = /^ERR_(CERT_|SSL_|NAME_NOT_RESOLVED|UNKNOWN_URL_SCHEME|INVALID_URL)/;

/** Whatever was thrown while a page was read. What the driver says quotes the page, and is left out but for what it was doing. */
export function faultOf(thrown: unknown, { refusedPage, open, crashed }: Scene): TidemillError {
  if (thrown instanceof TidemillError) return thrown;
  const message = thrown instanceof Error ? thrown.message : '';
  const [, action] = OF_THE_DRIVER.exec(message) ?? [];
  if (crashed || /Target (page|closed|crashed)|browser has been closed|Page crashed/.test(message)) return died();
  if (action === undefined) return asTidemillError(thrown);
  if (refusedPage !== undefined && NETWORK.test(message)) return hostUndeclared(refusedPage);
  const [, network] = NETWORK.exec(message) ?? [];
  if (network !== undefined) return unreachable(network);
  if ((thrown as Error).name !== 'TimeoutError') return pageChanged(`${action} could not be done on the page`);
  if (open > 0 || action.startsWith('page.goto'))
    return pageSlow(`${action} took too long; the page was still waiting for answers`);
  return pageChanged(`${action} has waited in vain${waitedFor(message)}`);
}

/** Selectors are the connector's own words. */
function waitedFor(message: string): string {
  const [, selector] = /waiting for (locator\([^\n]{1,200}|getBy[^\n]{1,200})/.exec(message) ?? [];
  return selector === undefined ? '' : `: ${selector.replace(/ to be .*$/, '')}`;
}

function unreachable(network: string): TidemillError {
  const message = `The page cannot be reached (${network})`;
  const hint = 'Open it by hand on the same machine. A proxy is not used.';
  return MISCONFIGURED.test(network)
    ? new TidemillError('config', 'page-unreachable', message, { hint })
    : new TidemillError('transient', 'page-unreachable', message, { hint });
}
