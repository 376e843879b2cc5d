/** Reads a source in a browser: the one door of this package. */
import { type Attachment, type Emission, type ExtractContext, TidemillError } from '@tidemill/kit';
import { redactor } from '@tidemill/kit/redact';
import type { BrowserContext, Page } from 'playwright-core';
import { evidenceOf } from './evidence.ts';
import { faultOf } from './faults.ts';
import { type Guard, guard } from './guard.ts';
import { type HostRules, hostRules } from './hosts.ts';
import { launch } from './launch.ts';
import { type Login, loginExpired, maskLogin, readLogin } from './login.ts';
import { Visit } from './visit.ts';

export interface BrowseOptions {
  /** Hosts that may be reached besides that of the base URL: `cdn.example`, or `*.shop.example` for all below. */
  readonly hosts?: readonly string[];
  /** Name of the credential that holds a login, where the source wants one. */
  readonly login?: string;
  /** Tried on the address of the page: where the source sends whoever is not signed in. */
  readonly signInPage?: RegExp;
  /** Selectors of what lies over the page until it is clicked on, such as what agrees to cookies. */
  readonly dismiss?: readonly string[];
  /** How pages write dates and numbers; `en-US` and `UTC` if not given, wherever the run is. */
  readonly locale?: string;
  readonly timeZone?: string;
  /** The longest that one thing may take, in seconds: 30 for what is done on a page, 60 for going to one. */
  readonly actionSeconds?: number;
  readonly pageSeconds?: number;
}

type Given = Pick<
  ExtractContext<never, never>,
  'credentials' | 'http' | 'now' | 'signal' | 'system' | 'notice' | 'said'
>;

/**
 * What `read` yields of a page that is opened for it, in a browser of its own that ends with it. Throws TidemillErrors, those that show
 * where the page stood with attachments: `auth` for a login that is of no use, `config` without a browser, `source-changed` for a page
 * that is another one, `transient` for what may pass.
 */
export async function* browse<Cursor>(
  given: Given,
  options: BrowseOptions,
  read: (visit: Visit) => AsyncIterable<Emission<Cursor>>,
): AsyncGenerator<Emission<Cursor>> {
  const base = given.http.resolve('');
  const rules = hostRules(base, options.hosts ?? []);
  const login = loginOf(given, options, rules, base);
  given.signal.throwIfAborted();
  const launched = await launch({ env: given.system.env, rules, now: given.now, for: 'run', said: given.said });
  // Whatever waits for the page then fails at once.
  const stop = (): void => void launched.close();
  given.signal.addEventListener('abort', stop, { once: true });
  let session: Session | undefined;
  try {
    session = await openSession(await launched.browser.newContext(contextOf(options, login)), {
      given,
      options,
      rules,
      login,
      base,
    });
    yield* read(session.visit);
  } catch (thrown) {
    given.signal.throwIfAborted();
    throw (await session?.failure(thrown)) ?? thrown;
  } finally {
    const summary = session?.guard.summary();
    if (summary !== undefined) given.notice(summary);
    given.signal.removeEventListener('abort', stop);
    await launched.close();
  }
}

function loginOf(
  { credentials, now }: Given,
  { login: credential }: BrowseOptions,
  rules: HostRules,
  base: URL,
): Login | undefined {
  if (credential === undefined) return undefined;
  const text = credentials[credential];
  if (text === undefined) return undefined;
  return readLogin(text, { credential, rules, url: base.origin, now });
}

/** Nothing that a page leaves behind is kept on disk: https://playwright.dev/docs/browser-contexts */
const contextOf = ({ locale = 'en-US', timeZone = 'UTC' }: BrowseOptions, login: Login | undefined) => ({
  acceptDownloads: true,
  // They would ask for things behind the back of the page.
  serviceWorkers: 'block' as const,
  locale,
  timezoneId: timeZone,
  ...(login === undefined ? {} : { storageState: login.state }),
});

interface Session {
  readonly visit: Visit;
  readonly guard: Guard;
  /** What was thrown, as an error that shows where the page stood. */
  failure(thrown: unknown): Promise<TidemillError>;
}

interface Opening {
  readonly given: Given;
  readonly options: BrowseOptions;
  readonly rules: HostRules;
  readonly login: Login | undefined;
  readonly base: URL;
}

async function openSession(context: BrowserContext, opening: Opening): Promise<Session> {
  const { given, options, rules, login } = opening;
  const { actionSeconds = 30, pageSeconds = 60, dismiss = [] } = options;
  context.setDefaultTimeout(actionSeconds * 1000);
  context.setDefaultNavigationTimeout(pageSeconds * 1000);
  const guarding = await guard(context, rules);
  const page = await context.newPage();
  let crashed = false;
  page.on('crash', () => {
    crashed = true;
  });
  for (const selector of dismiss) await page.addLocatorHandler(page.locator(selector), (locator) => locator.click());
  const checkLogin = (status?: number): void => {
    if (wantsLogin(page, guarding, opening, status))
      throw loginExpired({ credential: options.login ?? '', url: opening.base.origin });
  };
  const redact = redactor(login?.secrets ?? []);
  const resolve = (path: string): URL => given.http.resolve(path);
  const withoutLogin = (text: string): string => maskLogin(text, login?.secrets ?? []);
  const visit = new Visit(page, {
    resolve,
    redact,
    withoutLogin,
    checkLogin,
    open: () => guarding.open,
    now: given.now,
    said: given.said,
  });
  return {
    visit,
    guard: guarding,
    failure: async (thrown) => {
      const expired = wantsLogin(page, guarding, opening);
      const fault = faultOf(thrown, { refusedPage: guarding.refusedPage, open: guarding.open, crashed });
      const error =
        expired && fault.kind !== 'auth'
          ? loginExpired({ credential: options.login ?? '', url: opening.base.origin })
          : fault;
      return clean(error, redact, await evidenceOf(page));
    },
  };
}

/** Where the page is, or was to go, is where one signs in; or the source refuses what a login was sent along with. */
function wantsLogin(page: Page, { refusedPage = '' }: Guard, { options }: Opening, status = 0): boolean {
  const { login, signInPage } = options;
  if (login === undefined) return false;
  return (
    status === 401 ||
    status === 403 ||
    (signInPage !== undefined && [page.url(), refusedPage].some((url) => signInPage.test(url)))
  );
}

/** The values of the login stand one by one in what a page is and asks for: the run itself knows them only as a whole. */
function clean(
  error: TidemillError,
  redact: (text: string) => string,
  attachments: readonly Attachment[],
): TidemillError {
  const { kind, code, message, hint, cause, request, retryAfterSeconds } = error;
  const cleaned = new TidemillError(kind, code, redact(message), {
    ...(hint === undefined ? {} : { hint: redact(hint) }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    cause,
  });
  if (error.stack !== undefined) cleaned.stack = redact(error.stack);
  cleaned.request = request === undefined ? undefined : { ...request, url: redact(request.url) };
  cleaned.attachments = attachments.map((one) =>
    one.contentType.startsWith('text/')
      ? { ...one, bytes: Buffer.from(redact(Buffer.from(one.bytes).toString())) }
      : one,
  );
  return cleaned;
}
