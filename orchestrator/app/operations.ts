/** What can be done to a job's state by hand, as one table: each row asks, decides and says; `operate` does it. */
import { TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { nextSlotOf } from '../plan/owed.ts';
import { openCrawls } from '../state/crawl.ts';
import type { JobState } from '../state/job-state.ts';
import * as states from '../state/operate.ts';
import { readState } from '../state/store.ts';
import { targetIn } from '../state/targets.ts';
import { instant, plural } from '../text/format.ts';
import { hasNoKey } from './rewind.ts';
import type { Session } from './session.ts';

export type OperationName = 'pause' | 'resume' | 'reset' | 'rewind' | 'unlock' | 'abandon_backfill' | 'abandon_replay';

/** What is to become of a state, and what to tell about it; without `next` there is nothing to do. */
export interface Change {
  readonly next: JobState | undefined;
  readonly says: string;
}

interface Circumstances {
  readonly job: Job;
  readonly now: Date;
  readonly audit: states.Audit;
  readonly isLive: states.IsLive;
  /** Where the cursor is to be put. */
  readonly cursor: JobState['cursor'];
  /** Nothing tells a row of the job's table that is read again from a new one. */
  readonly isKeyless: boolean;
  /** Names of those it is about. */
  readonly warehouses: readonly string[];
}

interface Operation {
  readonly takes: 'one' | 'many';
  /** What to ask a person first, where something cannot be undone. */
  question?(session: Session, jobs: readonly Job[], isLive: states.IsLive): Promise<string | undefined>;
  decide(state: JobState, circumstances: Circumstances): Change;
}

/** What a cursor that goes back comes to where nothing tells rows apart. */
const doubling = ({ head }: JobState, { isKeyless }: Circumstances): string =>
  isKeyless && head !== undefined ? '; its table has no key: what is read again will be there twice' : '';

const unchanged = (says: string): Change => ({ next: undefined, says });

/** A command reads its interval, whether or not it keeps a cursor. */
const readsOn = ({ command, scope }: Job): boolean => command !== undefined && scope !== 'everything';

export const operations: Readonly<Record<OperationName, Operation>> = {
  pause: {
    takes: 'many',
    decide(state, { audit }) {
      const { paused, claim } = state;
      const open = openCrawls(state).length;
      if (paused !== undefined) return unchanged(`was paused already, since ${instant(paused.at)}: ${paused.reason}`);
      const running = claim === undefined ? '' : `; run ${claim.run} ends in order`;
      const unfetched = open === 0 ? '' : `; nobody fetches its ${plural(open, 'open crawl')} until it is resumed`;
      return { next: states.pause(state, audit), says: `paused: ${audit.why}${running}${unfetched}` };
    },
  },
  resume: {
    takes: 'many',
    decide(state, { job, now, audit }) {
      const next = states.resume(state, audit);
      if (next === undefined) return unchanged('was not paused');
      const slot = nextSlotOf(job, now);
      return { next, says: slot === undefined ? 'resumed' : `resumed; next slot ${instant(slot)}` };
    },
  },
  reset: {
    takes: 'many',
    async question(session, jobs) {
      const names = jobs.length <= 3 ? jobs.map(({ id }) => id).join(', ') : plural(jobs.length, 'job');
      const keyless: string[] = [];
      for (const job of jobs) if (await hasNoKey(session, job)) keyless.push(job.id);
      const twice = `What is read again will be there twice in the tables without a key: ${keyless.join(', ')}.`;
      return `Forget the cursor of ${names}?${keyless.length === 0 ? '' : ` ${twice}`}`;
    },
    decide(state, circumstances) {
      const { job, audit, isLive } = circumstances;
      const kept = state.cursor === undefined ? 'there was none' : 'the old one is in `npx tidemill status` of the job';
      const { read_through: line = '' } = state;
      const ahead =
        line > audit.at
          ? `; a run whose clock was ahead had read up to ${instant(line)}: the next interval begins now`
          : '';
      const next = states.reset(state, isLive, audit);
      if (state.cursor === undefined && readsOn(job) && next.read_through !== undefined)
        return {
          next,
          says: `there was no cursor to forget: the next run reads on from ${instant(next.read_through)}${ahead}`,
        };
      const twice = state.cursor === undefined ? '' : doubling(state, circumstances);
      return { next, says: `the next run reads from the start (${kept})${ahead}${twice}` };
    },
  },
  rewind: {
    takes: 'one',
    decide(state, circumstances) {
      const { cursor, audit, isLive } = circumstances;
      if (cursor === undefined)
        throw new TidemillError('config', 'rewind-cursor', `${state.job}: nothing says where to`);
      const next = states.rewind(state, cursor, isLive, audit);
      return { next, says: `the next run reads from ${JSON.stringify(cursor.value)}${doubling(state, circumstances)}` };
    },
  },
  unlock: {
    takes: 'many',
    async question({ bucket }, jobs, isLive) {
      const alive: string[] = [];
      for (const { id } of jobs) {
        const claim = (await readState(bucket, id).catch(() => undefined))?.state.claim;
        if (claim !== undefined && isLive(claim))
          alive.push(`run ${claim.run} is at ${id} until ${claim.lease_until}.`);
      }
      return alive.length === 0 ? undefined : `${alive.join(' ')} Take the claim away?`;
    },
    decide(state, { audit }) {
      const { claim } = state;
      if (claim === undefined) return unchanged('nobody has a claim');
      return { next: states.unlock(state, audit), says: `run ${claim.run} has lost its claim on ${claim.slot}` };
    },
  },
  abandon_backfill: {
    takes: 'one',
    decide(state, { audit, isLive }) {
      const { backfill } = state;
      if (backfill === undefined) return unchanged('no backfill is open');
      const says = `backfill given up at ${instant(backfill.through)}; what it has read stays`;
      return { next: states.abandonBackfill(state, isLive, audit), says };
    },
  },
  abandon_replay: {
    takes: 'many',
    decide(state, { warehouses, audit, isLive }) {
      const says = warehouses.flatMap((name) => {
        const { replay, left_out: left = [] } = targetIn(state, name);
        const into = Object.keys(state.targets).length > 1 ? ` into ${name}` : '';
        const given = replay && `given up after ${replay.done} of ${replay.total} packages; what it has loaded stays`;
        return [
          ...(given === undefined ? [] : [`replay${into} ${given}`]),
          ...left.map(({ manifest }) => `goes on${into} without ${manifest}`),
        ];
      });
      if (says.length === 0) return unchanged('no replay is open');
      return { next: states.abandonReplays(state, warehouses, isLive, audit), says: says.join('; ') };
    },
  },
};
