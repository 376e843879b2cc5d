/** Tells people of what began to fail and what is well again: by issues at GitHub, and by a webhook if there is one. */
import type { IssueBoard } from '@tidemill/github';
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { createHttp } from '@tidemill/kit/create-http';
import { redactor } from '@tidemill/kit/redact';
import { type Finding, subjectKey } from '../alerts/issue.ts';
import { webhookText } from '../alerts/webhook.ts';
import type { Driver } from '../drivers/manifest.ts';
import { secretsOf } from '../drivers/use.ts';
import { plural } from '../text/format.ts';
import { githubAccess, loadGithub } from './github-access.ts';
import { type Host, setting } from './host.ts';
import { type Kept, keepIssues, LABEL } from './keep-issues.ts';
import { runUrl } from './log-url.ts';

export interface Notified {
  /** Issues that were opened and closed. */
  readonly opened: readonly string[];
  readonly closed: readonly string[];
  /** What could not be told, as sentences. */
  readonly faults: readonly TidemillError[];
  /** The same, and what was left undone, for people. */
  readonly warnings: readonly string[];
}

/** Never throws: what cannot be told is a warning. */
export async function tell(host: Host, findings: readonly Finding[]): Promise<Notified> {
  const kept = await issues(host, findings);
  const faults = [...kept.faults];
  // Where no issue remembers what was told, rather too often than never.
  const began = findings.filter(({ word, subject }) => word === 'failing' && !kept.known.has(subjectKey(subject)));
  const text = webhookText(began, kept.closed, runUrl(host));
  if (text !== undefined) faults.push(...(await post(host, text)));
  const warnings = faults.map(({ message, code, hint }) => {
    return `Not everybody could be told: ${message} (${code}).${hint === undefined ? '' : ` ${hint}`}`;
  });
  if (kept.unopened.length > 0)
    warnings.push(`${plural(kept.unopened.length, 'issue')} too many to be opened at once.`);
  return { opened: titles(kept.opened), closed: titles(kept.closed), faults, warnings };
}

const titles = (findings: readonly Finding[]): string[] => findings.map(({ title }) => title);

async function issues(host: Host, findings: readonly Finding[]): Promise<Kept> {
  try {
    return await keepIssues(await board(host), findings);
  } catch (thrown) {
    return { known: new Set(), opened: [], closed: [], unopened: [], faults: [asTidemillError(thrown)] };
  }
}

async function board(host: Host): Promise<IssueBoard> {
  const access = githubAccess(host, 'to keep issues with');
  const { openIssueBoard } = await loadGithub();
  return openIssueBoard(access, LABEL, { clock: host.clock, random: host.random, signal: host.interrupted });
}

/** Posts the text to the webhook, if there is one. Its address is a secret: whoever knows it can write. */
async function post(host: Host, text: string): Promise<TidemillError[]> {
  const address = setting(host, 'TIDEMILL_WEBHOOK_URL');
  if (address === undefined) return [];
  try {
    const { origin, pathname, search } = new URL(address);
    const secrets = [address, `${pathname}${search}`];
    const http = createHttp({
      baseUrl: origin,
      clock: host.clock,
      random: host.random,
      secrets,
      retries: 2,
      maxWaitMs: 10_000,
      timeouts: { totalMs: 60_000 },
    });
    try {
      const { body } = await http.bytes(`${pathname}${search}`, { method: 'POST', json: { text }, retry: 'always' });
      for await (const _ of body);
    } finally {
      await http.close();
    }
    return [];
  } catch (thrown) {
    // Of the library's words none is repeated: they may hold the address.
    const { code, kind } = asTidemillError(thrown);
    return [new TidemillError(kind, code, 'The webhook of TIDEMILL_WEBHOOK_URL does not take the message')];
  }
}

/** Takes out of a text what this process knows of secrets. */
export const redactorOf = ({ env }: Host, drivers: readonly Driver[]): ((text: string) => string) =>
  redactor([...SECRETS.flatMap((name) => env[name] ?? []), ...secretsOf(drivers, env)]);

const SECRETS = ['GITHUB_TOKEN', 'GH_TOKEN', 'TIDEMILL_WEBHOOK_URL'];
