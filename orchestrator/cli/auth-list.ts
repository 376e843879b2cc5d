import { asTidemillError } from '@tidemill/kit';
import { jobsHere, needsOf } from '../app/missing-credentials.ts';
import { tokensSavedAt } from '../credentials/token-store.ts';
import { instant } from '../text/format.ts';
import { textTable } from '../text/table.ts';
import type { AuthOptions } from './auth.ts';
import type { TerminalSession as Session } from './host.ts';

interface Line {
  readonly service: string;
  readonly jobs: number;
  readonly set: readonly string[];
  readonly missing: readonly string[];
  /** When the tokens in the bucket were last renewed. */
  readonly tokens?: string;
  /** Why that is not known. */
  readonly fault?: string;
}

/** What each service with enabled jobs here needs, and whether this process has it. Never a value. Answers the exit code. */
export async function listCredentials(session: Session, options: AuthOptions): Promise<number> {
  const { config, environment, host } = session;
  const needs = await needsOf(config);
  const lines: Line[] = [];
  for (const [service, jobs] of Map.groupBy(jobsHere(config, environment.name), (job) => job.service)) {
    const names = [...new Set(jobs.flatMap(({ id }) => [...(needs.get(id) ?? [])]))];
    const isSet = (name: string): boolean => (host.env[name] ?? '') !== '';
    const missing = names.filter((name) => !isSet(name));
    lines.push({
      service,
      jobs: jobs.length,
      set: names.filter(isSet),
      missing,
      ...(await tokensOf(session, service)),
    });
  }
  const document = { environment: environment.name, services: lines };
  host.stdout.write(options.json ? `${JSON.stringify(document, undefined, 2)}\n` : listText(lines));
  return 0;
}

/** A bucket that cannot be read keeps nobody from seeing the rest. */
async function tokensOf({ bucket }: Session, service: string): Promise<Pick<Line, 'tokens' | 'fault'>> {
  try {
    const savedAt = await tokensSavedAt(bucket, service);
    return savedAt === undefined ? {} : { tokens: savedAt.toISOString() };
  } catch (thrown) {
    return { fault: asTidemillError(thrown).message };
  }
}

function listText(lines: readonly Line[]): string {
  if (lines.length === 0) return 'No enabled job of this environment is there to need credentials.\n';
  const rows = lines.map(({ service, jobs, set, missing, tokens, fault }) => [
    service,
    String(jobs),
    set.join(', ') || '–',
    missing.join(', ') || '–',
    tokens === undefined ? (fault ?? '–') : instant(tokens),
  ]);
  const head = ['service', 'jobs', 'set', 'missing', 'tokens renewed'];
  return `${textTable(head, rows)}\n\nSign in, or try what is set: tidemill auth SERVICE\n`;
}
