/** What a plan and a report say of jobs that lack credentials. Pure. */
import { TidemillError } from '@tidemill/kit';
import type { MissingCredentials, Plan } from '../plan/types.ts';
import { plural } from '../text/format.ts';
import { boundedList, type Cell } from '../text/markdown.ts';

/** More are counted: the line is to be read. */
const MOST_NAMED = 5;
const MOST_BYTES = 20_000;

/** `2 jobs lack credentials: shop_orders (SHOP_TOKEN), …`; undefined when none does. */
export function missingCredentialsText({
  missing_credentials: missing = [],
}: Pick<Plan, 'missing_credentials'>): string | undefined {
  if (missing.length === 0) return undefined;
  const named = missing.slice(0, MOST_NAMED).map(({ job, names }) => `${job} (${names.join(', ')})`);
  const more = missing.length > MOST_NAMED ? `; ${missing.length - MOST_NAMED} more` : '';
  return `${plural(missing.length, 'job')} ${missing.length === 1 ? 'lacks' : 'lack'} credentials: ${named.join(', ')}${more}`;
}

/** The jobs that make a run red, each with the way to its page. */
export function alarmList(plan: Pick<Plan, 'missing_credentials'>): string {
  const items = alarms(plan).map(({ job, names, help, alarm }): Cell => {
    const why = alarm === 'asked_for' ? 'was asked for' : 'has run before';
    const text = `${job} ${why}, and lacks ${names.join(', ')}`;
    return help === undefined ? text : { text: `${text}; how to get them: ${help}`, url: help };
  });
  return boundedList(items, MOST_BYTES);
}

/** Kind `auth`, when a job lacks credentials that somebody counts on; undefined when none does. */
export function missingCredentialsError(plan: Pick<Plan, 'missing_credentials'>): TidemillError | undefined {
  const missing = alarms(plan);
  const message = missingCredentialsText({ missing_credentials: missing });
  if (message === undefined) return undefined;
  const help = [...new Set(missing.flatMap((one) => one.help ?? []))];
  const hint = help.length === 0 ? {} : { hint: `How to get them: ${help.join(', ')}` };
  return new TidemillError('auth', 'credentials-missing', message, hint);
}

const alarms = ({ missing_credentials: missing = [] }: Pick<Plan, 'missing_credentials'>): MissingCredentials[] =>
  missing.filter(({ alarm }) => alarm !== undefined);
