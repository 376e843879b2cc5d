import { asTidemillError } from '@tidemill/kit';
import { tokensSavedAt } from '../credentials/token-store.ts';
import { jobsHere, needsOf } from './missing-credentials.ts';
import type { Session } from './session.ts';

export interface ServiceCredentials {
  readonly service: string;
  readonly jobs: number;
  readonly set: readonly string[];
  readonly missing: readonly string[];
  /** When the tokens in the bucket were last renewed. */
  readonly tokens?: string;
  /** Why that is not known. */
  readonly fault?: string;
}

/** What each service with enabled jobs here needs, and whether this process has it. Never a value. */
export async function listCredentials(session: Session): Promise<ServiceCredentials[]> {
  const { config, environment, host } = session;
  const needs = await needsOf(config);
  const lines: ServiceCredentials[] = [];
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
  return lines;
}

/** A bucket that cannot be read keeps nobody from seeing the rest. */
async function tokensOf({ bucket }: Session, service: string): Promise<Pick<ServiceCredentials, 'tokens' | 'fault'>> {
  try {
    const savedAt = await tokensSavedAt(bucket, service);
    return savedAt === undefined ? {} : { tokens: savedAt.toISOString() };
  } catch (thrown) {
    return { fault: asTidemillError(thrown).message };
  }
}
