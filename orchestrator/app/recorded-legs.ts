/** The legs of a plan that was recorded, as processes of one machine. */
import { TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import { filesAmong } from '../drivers/use.ts';
import { keys } from '../storage/keys.ts';
import { readText } from '../storage/text.ts';
import { assignmentOf } from './assignments.ts';
import { ownedVariables, withheldFrom } from './leg-secrets.ts';
import { checkRunId } from './run-id.ts';
import type { Session } from './session.ts';

export interface ProcessLeg {
  /** Unique among them; fit for the name of a folder. */
  readonly name: string;
  /** `job@slot`, in the order they run. */
  readonly runs: readonly string[];
  /** Minutes that its runs may take one after the other. */
  readonly minutes: number;
  /** Names of the variables that its process must not see. */
  readonly withheld: readonly string[];
}

/** Somebody may have laid something else there: the words become arguments and names of files. */
const PlanRecord = z.looseObject({
  matrix: z.looseObject({
    include: z.array(
      z.looseObject({
        leg: z.string().regex(/^[A-Za-z0-9_][\w.-]{0,199}$/),
        runs: z.string().transform((runs) => runs.split(' ')),
        timeout_minutes: z.number().positive(),
      }),
    ),
  }),
});

/** How many may run at a time: one, where the warehouse is a file that only one process has open. */
export const placesFor = ({ config, environment }: Pick<Session, 'config' | 'environment'>): number =>
  filesAmong(config.drivers, environment.warehouses).length > 0 ? 1 : config.max_parallel_jobs;

/**
 * In the order of the plan. Throws `unknown-run` where no plan of that name is recorded, and what `assignmentOf` says of a run that
 * there cannot be.
 */
export async function recordedLegs(session: Session, runId: string): Promise<ProcessLeg[]> {
  const { include } = (await readPlan(session, checkRunId(runId))).matrix;
  const owned = await ownedVariables(session);
  const now = session.host.clock.now();
  return include.map(({ leg, runs, timeout_minutes }) => {
    // By the configuration: a record that says otherwise hands nobody a secret.
    const services = runs.map((word) => assignmentOf(session.config, word, now).service.name);
    return { name: leg, runs, minutes: timeout_minutes, withheld: withheldFrom(services, owned, session) };
  });
}

async function readPlan({ bucket }: Session, runId: string): Promise<z.output<typeof PlanRecord>> {
  const key = keys.runRecord(runId, 'plan');
  const text = (await readText(bucket, key))?.text;
  if (text === undefined) {
    throw new TidemillError('config', 'unknown-run', `${bucket.url} holds no plan of the run ${runId}`, {
      hint: '`npx tidemill plan --record` makes one, and says what it is called.',
    });
  }
  try {
    return PlanRecord.parse(JSON.parse(text));
  } catch (cause) {
    throw new TidemillError('config', 'plan-unreadable', `${key} in ${bucket.url} is no plan`, {
      hint: 'Somebody has changed it. Nothing is lost: the next plan runs what is owed.',
      cause,
    });
  }
}
