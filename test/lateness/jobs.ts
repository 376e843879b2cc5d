/** The thirteen jobs of people's accounts that are shipped, and how their configuration changes during the month. */
import type { Catchup, Config, Job } from '../../orchestrator/config/job.ts';
import { jobOf } from '../fixtures/job.ts';
import { SERVICE } from './source.ts';

const crons = {
  spotify_recently_played: '0 */2 * * *',
  spotify_saved_tracks: '0 12 * * 0',
  spotify_saved_albums: '0 12 * * 0',
  spotify_playlists: '0 8 1 * *',
  spotify_top_tracks: '0 9 1 * *',
  spotify_top_artists: '0 10 1 * *',
  strava_activities: '0 */6 * * *',
  strava_athlete: '0 6 * * 1',
  garmin_activities: '0 */4 * * *',
  garmin_sleep: '0 8 * * *',
  garmin_heart_rate: '0 */8 * * *',
  todoist_tasks: '0 */3 * * *',
  todoist_projects: '0 7 * * *',
} as const;

export type JobId = keyof typeof crons;
export const jobIds = Object.keys(crons) as JobId[];

/** What happens to whom. Days count from 0, the first day of the month. */
export const events = {
  /** At half past two: an hour that one clock change skips and the other repeats. */
  edited: { job: 'garmin_sleep', day: 10.2, cron: '30 2 * * *' },
  paused: { job: 'todoist_projects', day: 9.3, untilDay: 13.6 },
  killed: { job: 'garmin_heart_rate', day: 6 },
  frozen: { job: 'todoist_tasks', day: 5.2, hours: 7 },
  renamed: { job: 'strava_activities', day: 15.45, id: 'strava_rides' },
  /** A planner that has waited for a machine since before the rename. */
  oldPlannerDay: 16.2,
  down: { job: 'spotify_recently_played', day: 17, untilDay: 19, how: 'badly' },
  /** So is this one, by faults that may pass: no slot is given up for them. */
  away: { job: 'todoist_tasks', day: 20, untilDay: 21.5, how: 'away' },
  neverLate: { job: 'garmin_activities', minutes: 150 },
} as const satisfies Record<string, unknown>;

/** As a checkout of the repository has it; a run keeps the one it began with. */
export type Edition = 'first' | 'edited' | 'renamed';

/** Where the service's package is: the invented source instead of a connector. */
const SOURCE_URL = new URL('./source.ts', import.meta.url).href;

export function configOf(edition: Edition, catchup: Catchup, timezone: string): Config {
  const service = { name: SERVICE, package: SOURCE_URL, base_url: undefined, auth_url: undefined, serial: false };
  return {
    file: '/ingestion-config.yaml',
    max_parallel_jobs: 10,
    python_version: '3.13',
    legs: 'per_job',
    drivers: [],
    environments: new Map(),
    services: new Map([[SERVICE, service]]),
    jobs: jobIds.map((id) => jobIn(edition, id, { catchup, timezone })),
    groups: new Map(),
    transform: { enabled: false, project: '/dbt', expect: { max_failed_tests: 0 } },
  };
}

function jobIn(edition: Edition, id: JobId, given: Partial<Job>): Job {
  const { edited, renamed, neverLate } = events;
  const isEdited = edition !== 'first' && id === edited.job;
  const isRenamed = edition === 'renamed' && id === renamed.job;
  return jobOf({
    ...given,
    id: isRenamed ? renamed.id : id,
    previous_ids: isRenamed ? [renamed.job] : [],
    service: SERVICE,
    cron: isEdited ? edited.cron : crons[id],
    max_catchup: 4,
    timeout_minutes: 60,
    max_lateness_minutes: id === neverLate.job ? neverLate.minutes : undefined,
  });
}

/** The name under which the books keep a job, whatever it is called meanwhile. */
export const identityOf = (id: string): JobId => (id === events.renamed.id ? events.renamed.job : (id as JobId));
