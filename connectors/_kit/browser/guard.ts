/** Sees to it that nothing is asked of hosts that are not declared, and remembers what was. */
import type { BrowserContext, Request } from 'playwright-core';
import type { HostRules } from './hosts.ts';

const MOST_NAMED = 5;

export interface Guard {
  /** Where the page itself was to go, and was not let; the last one. */
  readonly refusedPage: string | undefined;
  /** Requests that have begun and have no answer yet. */
  readonly open: number;
  /** A sentence about what was not sent; undefined where all was. */
  summary(): string | undefined;
}

/**
 * Refuses what a page asks for itself before it leaves the browser. What redirects and workers of the browser ask for does not come by
 * here: Chromium's own rules (`resolverRules`) refuse that, and it is counted when it has failed.
 */
export async function guard(context: BrowserContext, rules: HostRules): Promise<Guard> {
  const refused = new Map<string, number>();
  const open = new Set<unknown>();
  let refusedPage: string | undefined;
  const count = (url: string): void => {
    const host = URL.parse(url)?.hostname || URL.parse(url)?.protocol || 'no host';
    refused.set(host, (refused.get(host) ?? 0) + 1);
  };
  await context.route(
    (url) => !rules.allows(url.href),
    (route) => route.abort('blockedbyclient'),
  );
  await context.routeWebSocket(
    (url) => !rules.allows(url.href),
    (socket) => {
      count(socket.url());
      return socket.close();
    },
  );
  context.on('request', (request) => open.add(request));
  context.on('requestfinished', (request) => open.delete(request));
  context.on('requestfailed', (request) => {
    open.delete(request);
    if (rules.allows(request.url())) return;
    count(request.url());
    if (request.isNavigationRequest() && isOfFirstPage(request, context)) refusedPage = request.url();
  });
  // Peers are reached without any name being asked for: no rule for hosts holds for them.
  await context.addInitScript(
    "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport']) delete globalThis[name];",
  );
  return {
    get refusedPage() {
      return refusedPage;
    },
    get open() {
      return open.size;
    },
    summary: () => (refused.size === 0 ? undefined : sentence(refused)),
  };
}

/** Not a frame in it, nor a page that it opens. */
function isOfFirstPage(request: Request, context: BrowserContext): boolean {
  try {
    return request.frame() === context.pages()[0]?.mainFrame();
  } catch {
    // Of a page that is only about to be there.
    return false;
  }
}

function sentence(refused: ReadonlyMap<string, number>): string {
  const sum = [...refused.values()].reduce((total, count) => total + count, 0);
  const named = [...refused].sort(([, a], [, b]) => b - a).map(([host, count]) => `${host} (${count}×)`);
  const more = named.length > MOST_NAMED ? `, and ${named.length - MOST_NAMED} more` : '';
  return `the page asked ${sum}× for hosts that are not declared, and was not let: ${named.slice(0, MOST_NAMED).join(', ')}${more}`;
}
