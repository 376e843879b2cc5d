/** A job whose events leave, and processes of it that are killed at any step: what they do to the bucket, and what they tell. */
import { asTidemillError } from '@tidemill/kit';
import { openDelivery } from '../../orchestrator/app/deliver.ts';
import { audienceIn } from '../../orchestrator/app/listeners.ts';
import type { Session } from '../../orchestrator/app/session.ts';
import type { Listener } from '../../orchestrator/config/job.ts';
import { type Driver, DriverManifest } from '../../orchestrator/drivers/manifest.ts';
import type { EventSink } from '../../orchestrator/events/contract.ts';
import type { PublishedEvent } from '../../orchestrator/events/published/envelope.ts';
import type { JobResult } from '../../orchestrator/result/result.ts';
import { runJob } from '../../orchestrator/run/pipeline.ts';
import { JobState } from '../../orchestrator/state/job-state.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { memoryWarehouse } from '../contracts/warehouse-memory.ts';
import { handClock } from '../fakes/hand-clock.ts';
import { jobOf } from '../fixtures/job.ts';
import { SERVICE, slots } from '../kills/source.ts';
import { hostWith } from './host.ts';

export const JOB = jobOf({ id: 'clicks', service: SERVICE, data_type: 'clicks', cron: '0 6 * * *', max_attempts: 100 });

const EAR: Listener = { name: 'ear', to: 'ear://one', kinds: [], jobs: undefined };

/** Of a process: it ends at that step, counted from 1, before or after its effect. */
export class Life {
  readonly #deathAt: number;
  steps = 0;
  isOver = false;
  /** What was being done when it ended. */
  where = '';

  constructor(deathAt = Number.POSITIVE_INFINITY) {
    this.#deathAt = deathAt;
  }

  async step<T>(what: string, act: () => Promise<T>): Promise<T> {
    this.#point(`before ${what}`);
    const answer = await act();
    this.#point(`after ${what}`);
    return answer;
  }

  /** What only looks has one point. */
  look(what: string): void {
    this.#point(`before ${what}`);
  }

  #point(where: string): void {
    if (!this.isOver) this.steps += 1;
    if (this.steps === this.#deathAt && !this.isOver) {
      this.isOver = true;
      this.where = where;
    }
    if (this.isOver) throw new Error('the process was killed');
  }
}

interface Written {
  state(state: JobState): void;
  aside(key: string): void;
}

/** The same bucket, for as long as a process lives; `written` is told of what was written. */
function inLife(bucket: Bucket, life: Life, written: Written): Bucket {
  return {
    url: bucket.url,
    async read(key, options) {
      life.look(`reading ${key}`);
      return bucket.read(key, options);
    },
    write: (key, body, options) =>
      life.step(`writing ${key}`, async () => {
        const object = await bucket.write(key, body, options);
        if (object !== undefined && key === `_tidemill/state/${JOB.id}.json`) {
          written.state(JobState.parse(JSON.parse(Buffer.from(body as Uint8Array).toString())));
        }
        if (key.startsWith('_tidemill/outbox/')) written.aside(key);
        return object;
      }),
    list(prefix) {
      life.look(`listing ${prefix}`);
      return bucket.list(prefix);
    },
    remove: (key) => life.step(`removing ${key}`, () => bucket.remove(key)),
    check: () => bucket.check(),
  };
}

/** Who is told, in the process that lives now. */
const ears = new Map<string, () => EventSink>();
Reflect.set(globalThis, Symbol.for('tidemill.test.ears'), ears);

const driver: Driver = {
  ...DriverManifest.parse({ kind: 'events', schemes: ['ear'], location: 'ear://NAME' }),
  package: `data:text/javascript,export default ({ location }) => globalThis[Symbol.for('tidemill.test.ears')].get(location)();`,
  description: '',
  folder: '/nowhere',
};

export class OutboxWorld {
  readonly #truth: Bucket;
  readonly #warehouse = memoryWarehouse();
  readonly #host = hostWith({ services: {}, jobs: {} });
  readonly heard: PublishedEvent[] = [];
  /** Of every state there ever was: the ids of its events, by their numbers. */
  readonly told = new Map<number, string>();
  readonly complaints: string[] = [];
  /** Keys of events that a state had no room for. */
  readonly aside: string[] = [];
  #processes = 0;

  constructor(truth: Bucket) {
    this.#truth = truth;
  }

  /** One process: runs the job, or only sends what waits. */
  async process(what: 'run' | 'report', life: Life): Promise<JobResult['result'] | 'killed'> {
    this.#processes += 1;
    const clock = handClock(new Date(Date.parse(slots[2]) + this.#processes * 30 * 60_000).toISOString());
    const bucket = inLife(this.#truth, life, {
      state: (state) => this.#note(state),
      aside: (key) => this.aside.push(key),
    });
    ears.set(EAR.to, () => this.#ear(life));
    const environment = { name: 'local', bucket: bucket.url, warehouses: new Map(), events: [EAR] };
    const session = {
      host: { ...this.#host, clock },
      ...{ environment, bucket, warehouses: new Map() },
      config: { drivers: [driver] },
    } as unknown as Session;
    const result = what === 'run' ? await this.#run(bucket, session) : undefined;
    if (!life.isOver) {
      const delivery = openDelivery(session);
      delivery.of(JOB.id);
      await delivery.close('soon');
    }
    return life.isOver ? 'killed' : (result ?? 'done');
  }

  async #run(bucket: Bucket, session: Session): Promise<JobResult['result'] | undefined> {
    const number = this.#processes;
    const service = { name: SERVICE, package: new URL('../kills/source.ts', import.meta.url).href };
    const interval = { start: new Date(slots[1]), end: new Date(slots[2]) };
    const world = {
      ...{ environment: 'local', bucket, clock: session.host.clock, cwd: '/', runId: `run-${number}`, env: {} },
      warehouses: new Map([['main', async () => this.#warehouse]]),
      random: () => 0.5,
      signal: new AbortController().signal,
      keepTokens: () => () => Promise.reject(new Error('no tokens here')),
      onEvent: () => undefined,
      audienceOf: audienceIn(session.environment),
    };
    const order = {
      ...{ job: JOB, slot: slots[2], interval, mode: 'incremental' as const, secrets: [] },
      service: { ...service, base_url: undefined, auth_url: undefined, serial: false },
    };
    const result = await runJob(order, world).catch((thrown: unknown) => {
      this.complaints.push(`a run throws: ${asTidemillError(thrown).message}`);
    });
    return result?.result;
  }

  #ear(life: Life): EventSink {
    return {
      url: EAR.to,
      check: async () => undefined,
      send: async (events, { taken }) => {
        for (const event of events) {
          await life.step(`telling of ${event.id}`, async () => void this.heard.push(event));
          taken(1);
        }
      },
      close: async () => undefined,
    };
  }

  #note({ outbox }: JobState): void {
    for (const { n, id } of outbox?.entries ?? []) {
      const known = this.told.get(n);
      if (known !== undefined && known !== id) this.complaints.push(`event ${n} was ${known}, and is ${id}`);
      this.told.set(n, id);
    }
  }
}
