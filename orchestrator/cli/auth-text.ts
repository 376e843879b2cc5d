/** What a person who signs in reads and is asked. */
import { TidemillError } from '@tidemill/kit';
import { STATE_KEY } from '@tidemill/kit/credentials';
import type { Destination, SignInAnswer } from '../app/auth-destination.ts';
import type { ServiceCredentials } from '../app/auth-list.ts';
import type { Person } from '../auth/try.ts';
import { instant } from '../text/format.ts';
import { textTable } from '../text/table.ts';
import type { Terminal } from './host.ts';

export function personAt({ stderr, askLine, openBrowser }: Terminal): Person {
  return {
    say: (text) => stderr.write(text),
    openBrowser,
    ask: async (question) => {
      if (askLine !== undefined) return (await askLine(question)) ?? '';
      throw new TidemillError('config', 'sign-in-terminal', 'There is nobody at a terminal to answer', {
        hint: 'Run it where you can type, and store what comes of it with --set-secrets.',
      });
    },
  };
}

/** Names only; values are shown on the terminal only, and only the new ones. */
export function deliveryText(answer: SignInAnswer, to: Destination['to'] | undefined): string {
  const { service, environment, who, stored, missing, place, credentials, doubt } = answer;
  const secrets = `secrets of the GitHub environment ${environment}`;
  const signedIn = who === undefined ? `Signed in to ${service}.` : `Signed in to ${service} as ${who}.`;
  const lines = [doubt === undefined ? signedIn : `${service} gave new credentials; whether they work is not known.`];
  if (to === 'secrets') lines.push(`Stored as ${secrets} of ${place}: ${stored.join(', ')}`);
  if (to === 'file' && stored.length > 0) lines.push(`Written into ${place}: ${stored.join(', ')}`);
  const shown = to === 'caller' ? linesOf(credentials) : [];
  if (shown.length > 0) lines.push(`Set as ${secrets}, and keep to yourself:`, '', ...shown);
  if (missing.length > 0) lines.push('', `Still missing: ${missing.join(', ')}`);
  if (missing.includes(STATE_KEY)) lines.push(`A new ${STATE_KEY}: openssl rand -base64 32`);
  return `${lines.join('\n')}\n`;
}

/** Of new credentials that could not be stored: where they are now, or, where no file took them, they themselves. */
export function tellUnstored({ stderr }: Terminal, { credentials, unstored }: SignInAnswer): void {
  const names = Object.keys(credentials).join(', ');
  if (names === '') return;
  if (unstored?.path !== undefined) {
    stderr.write(
      `What came of the sign-in could not be stored, and what there was before may be used up. Now in ${unstored.path}, which only you can read: ${names}\n`,
    );
  } else if (stderr.isLive) {
    const lines = linesOf(credentials).join('\n');
    stderr.write(`What came of the sign-in could not be stored. Keep it to yourself:\n\n${lines}\n\n`);
  } else {
    stderr.write(`What came of the sign-in could be stored nowhere, and is lost: ${names}\n`);
  }
}

const linesOf = (credentials: SignInAnswer['credentials']): string[] =>
  Object.entries(credentials).map(([name, value]) => `${name}=${value}`);

export function listText(lines: readonly ServiceCredentials[]): string {
  if (lines.length === 0) return 'No enabled job of this environment is there to need credentials.\n';
  const rows = lines.map(({ service, jobs, set, missing, tokens, fault }) => [
    service,
    String(jobs),
    set.join(', ') || '–',
    missing.join(', ') || '–',
    tokens === undefined ? (fault ?? '–') : instant(tokens),
  ]);
  const head = ['service', 'jobs', 'set', 'missing', 'tokens renewed'];
  return `${textTable(head, rows)}\n\nSign in, or try what is set: npx tidemill auth SERVICE\n`;
}
