/**
 * One stream of a connector against a source under the test's control, through the real pipeline: an empty bucket, an
 * empty warehouse and one source a trial.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Connector, columnsOf, type Stream } from '@tidemill/kit';
import { STATE_KEY } from '@tidemill/kit/credentials';
import type { Job } from '../../orchestrator/config/job.ts';
import { tokenKeeper } from '../../orchestrator/credentials/keep-tokens.ts';
import type { RunEvent } from '../../orchestrator/events/run-event.ts';
import type { JobResult } from '../../orchestrator/result/result.ts';
import { type Looked, lookAt } from '../../orchestrator/run/extract/preview.ts';
import { sourceOf } from '../../orchestrator/run/extract/source.ts';
import type { Order, World } from '../../orchestrator/run/order.ts';
import { runJob } from '../../orchestrator/run/pipeline.ts';
import type { JobState } from '../../orchestrator/state/job-state.ts';
import { readState } from '../../orchestrator/state/store.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import type { Query, SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { openDuckDb } from '../../orchestrator/warehouse/duckdb/driver.ts';
import { jobOf } from '../fixtures/job.ts';
import { type Lifeline, mortal, mortalWarehouse } from './mortal.ts';
import { shown, standingClock } from './standing-clock.ts';

/** When the runs of a trial happen. */
const AT = { first: '2026-11-21T06:00:00.000Z', later: '2026-11-21T07:00:00.000Z' } as const;

/** Behind the key of an artifact whose text was unpacked for the checks. */
export const UNPACKED = ' unpacked';

/** What refresh tokens are kept with. */
export const TRIAL_KEY = 'a key that is only here, for trials';

/** A service as the connector sees it. */
export interface SourceFake<Contents> {
  /** Where its API lives; undefined for a connector that speaks no HTTP. */
  readonly baseUrl?: string;
  /** Where it hands out access tokens. */
  readonly authUrl?: string;
  /** Values it accepts, by the connector's credential names; without it, any will do. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** What of the process's environment the connector's libraries read, beside the credentials. */
  readonly env?: Readonly<Record<string, string>>;
  /** What time it is, for a source that answers later: it goes by while a run waits. */
  clockSays?(now: Date): void;
  /** How many crawls it has begun so far; each is paid for. */
  readonly begun?: number;
  /** From now on the source holds this and nothing else. */
  publish(contents: Contents): void | Promise<void>;
  close(): Promise<void>;
}

/** What the source holds, and how many rows the silver table must then have. */
export interface Expected<Contents> {
  readonly contents: Contents;
  readonly rows: number;
}

/** What takes 60 requests and more to read. */
export interface Paged<Contents> {
  readonly contents: Contents;
  /** The job's options, if it takes others. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Requests for what every run of the stream reads again, however the one before ended; none if not given. */
  readonly overlap?: number;
}

/** The table of a job whose connector is open. */
export type JobTable = Partial<Pick<Job, 'columns' | 'primary_key' | 'write' | 'scope'>>;

export interface StreamTrial<Contents> {
  /** Of an open connector: what the job says of its table. */
  readonly table?: JobTable;
  /** The job's `options`; none if not given. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Two pages or more, when the source has pages, with dates before 2026-11-21T06:00Z, when the first run is. */
  readonly first: Expected<Contents>;
  /** What the same source holds an hour later, with dates before then: something is new or different. */
  readonly later: Expected<Contents>;
  /** `first` with one record that does not fit the stream's schemas. `rows` counts those that do. */
  readonly malformed: Expected<Contents>;
  /** What a run that is killed in the middle must not ask for once more; `one request` of a stream that has no pages. */
  readonly paged?: Paged<Contents> | 'one request';
  /** Columns that say which crawl a row comes from: they differ after each, and that is no news. None if not given. */
  readonly ofTheCrawl?: readonly string[];
  /** Of a stream that may say everything: `first`, of which the source answers a part only, as a broken one does. */
  readonly cut?: Contents;
}

export interface ConnectorTrial<Contents = unknown> {
  /** The connector's `index.ts`. */
  readonly module: URL;
  /** Of a template: the service that it makes a connector for. */
  readonly service?: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  /** A new source that holds nothing yet. */
  open(): Promise<SourceFake<Contents>>;
  /** By data type: every stream has one. */
  readonly streams: Readonly<Record<string, StreamTrial<Contents>>>;
}

/** What a check is given. */
export interface Subject {
  readonly module: URL;
  /** Of the service, where a template has made the connector. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly connector: Connector;
  readonly stream: Stream;
  readonly trial: StreamTrial<unknown>;
  readonly open: () => Promise<SourceFake<unknown>>;
}

export interface RunOptions {
  readonly at?: keyof typeof AT;
  readonly mode?: Order['mode'];
  /** The process dies when it tells of progress for this time, counted from 1. */
  readonly diesAt?: number;
  /** Whose access tokens it uses: its own, like a process that was just started, or those of the run before. */
  readonly tokens?: 'own' | 'kept';
  /** Where its API has come to be, if it is not the source's own address. */
  readonly baseUrl?: string;
  /** Called when it tells of progress. */
  readonly onProgress?: World['onEvent'];
}

/** The longest that a crawl of a trial may take. */
const CRAWL_SECONDS = 3_000;

/** What a run tells of its way. */
const PROGRESS: ReadonlySet<RunEvent['type']> = new Set([
  ...(['claimed', 'crawled', 'page_read', 'committed', 'rows_mapped', 'loaded', 'done'] as const),
]);

/** Of a crawl each answer is worth a death: what it was asked to begin, it has begun. */
const isProgress = ({ type }: RunEvent, { crawl }: Pick<Stream, 'crawl'>): boolean =>
  PROGRESS.has(type) || (crawl !== undefined && type === 'requested');

/** The job of a trial. */
export function jobOfTrial(
  service: string,
  data_type: string,
  { options = {}, table }: Pick<StreamTrial<unknown>, 'options' | 'table'>,
): Job {
  const id = `${service}_${data_type}`;
  return jobOf({
    ...{ id, service, data_type, options },
    ...table,
    // How many rejects are too many is the job's affair; here one of few must not make the run red.
    max_reject_ratio: 1,
    // No plan comes in between that could go on with what a run stops waiting for.
    crawl: { ...jobOf({ id }).crawl, wait_seconds: CRAWL_SECONDS },
  });
}

/** Runs the check with a trial of its own, and clears up. */
export async function onTrial(subject: Subject, check: (trial: Trial) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-connector-'));
  const source = await subject.open();
  const bucket = openLocalBucket(join(folder, 'bucket'));
  const warehouse = openDuckDb({ file: join(folder, 'warehouse.duckdb'), clock: standingClock(AT.first) });
  try {
    await check(new Trial(subject, { source, folder, bucket, warehouse }));
  } finally {
    await warehouse.close();
    await source.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Surroundings {
  readonly source: SourceFake<unknown>;
  readonly folder: string;
  readonly bucket: Bucket;
  /** Open all the time: what becomes of its file when a process dies is the driver's affair. */
  readonly warehouse: SqlWarehouse;
}

export class Trial {
  readonly #subject: Subject;
  readonly #around: Surroundings;
  #tokens: World['keepTokens'] | undefined;
  /** What a person has set. */
  credentials: Readonly<Record<string, string>> = {};
  /** Of every run, oldest first. */
  readonly results: JobResult[] = [];
  /** What the last run told of its way, in order. */
  progress: RunEvent['type'][] = [];
  /** How often the last run asked the source for something. */
  requests = 0;

  constructor(subject: Subject, around: Surroundings) {
    this.#subject = subject;
    this.#around = around;
    this.renewCredentials();
  }

  /** A person sets what the source accepts now. */
  renewCredentials(): void {
    const invented = this.#subject.connector.credentials.map(({ name }) => [name, `secret-of-${name}-4f9d2c`]);
    this.credentials = { ...Object.fromEntries(invented), ...this.#around.source.credentials };
  }

  async publish(contents: unknown): Promise<void> {
    await this.#around.source.publish(contents);
  }

  /** One run by hand, in a process of its own as far as anybody can tell. */
  async run(options: RunOptions = {}): Promise<JobResult> {
    this.progress = [];
    this.requests = 0;
    const life: Lifeline = { isOver: false };
    const { bucket, warehouse } = this.#around;
    const own = { ...this.#world(options), bucket: mortal(bucket, life) };
    if (options.tokens !== 'kept') this.#tokens = undefined;
    this.#tokens ??= tokenKeeper({ ...own, onSecret: async () => undefined });
    const result = await runJob(this.#order(options), {
      ...own,
      keepTokens: this.#tokens,
      warehouses: new Map([['main', async () => mortalWarehouse(warehouse, life)]]),
      onEvent: (event) => {
        if (event.type === 'requested') this.requests += 1;
        if (!isProgress(event, this.#subject.stream)) return;
        this.progress.push(event.type);
        options.onProgress?.(event);
        if (this.reports === options.diesAt) life.isOver = true;
      },
    });
    this.results.push(result);
    return result;
  }

  /** The first so many records of the stream, as a person previews them. */
  async preview(rows: number): Promise<Looked> {
    const world = this.#world({});
    const { job, service, slot } = this.#order({});
    const source = await sourceOf({ job, service, slot, environment: 'local', env: world.env });
    const { bucket } = this.#around;
    const keepTokens = tokenKeeper({ ...world, bucket, onSecret: async () => undefined });
    const { clock, random, signal, env, cwd } = world;
    const sending = { clock, random, signal, keepTokens, system: { env, cwd }, now: clock.now() };
    return lookAt({ source, sending, bounds: { rows, bytes: 1_000_000, fileBytes: 2 ** 26 } });
  }

  /** How often the last run told of its way. */
  get reports(): number {
    return this.progress.length;
  }

  /** Crawls that the source has begun. */
  get begun(): number {
    const { begun } = this.#around.source;
    assert(begun !== undefined, 'the source does not say how many crawls it has begun');
    return begun;
  }

  /** `run`, which must end well. */
  async runs(options: RunOptions = {}): Promise<JobResult> {
    const result = await this.run(options);
    const { failure } = result;
    assert.equal(result.result, 'done', `the run ended with ${failure?.code ?? 'no failure'}: ${failure?.message}`);
    return result;
  }

  /** The silver table without its provenance, a line a row, in order. */
  async rows(): Promise<string[]> {
    const { connector, stream, trial } = this.#subject;
    const names = columnsOf(stream.row).map(({ name }) => name);
    const columns = names.filter((name) => !trial.ofTheCrawl?.includes(name)).map((name) => `"${name}"`);
    const { rows } = await this.query(`SELECT ${columns.join(', ')} FROM "${connector.service}"."${stream.name}"`);
    return rows.map((row) => JSON.stringify(row)).sort();
  }

  /** Rows of the silver table, which is only made when something is loaded. */
  async count(): Promise<number> {
    return this.results.some(({ totals }) => totals.packages > 0) ? (await this.rows()).length : 0;
  }

  query(sql: string): ReturnType<Query> {
    return this.#around.warehouse.query(sql);
  }

  /** The cursor the next run starts from, as it is stored. */
  async storedCursor(): Promise<unknown> {
    return (await this.state()).cursor?.value;
  }

  async state(): Promise<JobState> {
    return (await readState(this.#around.bucket, this.#jobId)).state;
  }

  /** Every object of the bucket as text, by key; an artifact that is packed is there as it is, and once more unpacked. */
  async objects(): Promise<Map<string, string>> {
    const texts = new Map<string, string>();
    for await (const { key } of this.#around.bucket.list('')) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of (await this.#around.bucket.read(key))?.body ?? []) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      const isPacked = key.endsWith('.gz');
      const isArtifact = key.includes('/artifacts/');
      if (isArtifact || !isPacked) texts.set(key, bytes.toString());
      if (isPacked) texts.set(isArtifact ? `${key}${UNPACKED}` : key, gunzipSync(bytes).toString());
    }
    return texts;
  }

  /** Of the run that is under way, counted from 1. */
  get #number(): number {
    return this.results.length + 1;
  }

  get #jobId(): string {
    return `${this.#subject.connector.service}_${this.#subject.stream.name}`;
  }

  get job(): Job {
    const { connector, stream, trial } = this.#subject;
    return jobOfTrial(connector.service, stream.name, trial);
  }

  #order({ at = 'first', mode = 'incremental', baseUrl = this.#around.source.baseUrl }: RunOptions): Order {
    const { connector, module } = this.#subject;
    const { job } = this;
    const { authUrl: auth_url } = this.#around.source;
    const { options } = this.#subject;
    const service = {
      name: connector.service,
      package: module.href,
      options,
      base_url: baseUrl,
      auth_url,
      serial: false,
    };
    const end = new Date(AT[at]);
    const interval = { start: new Date(end.getTime() - 3_600_000), end };
    // What a connector says has to be clean by itself, without the pipeline's help.
    return { job, service, slot: `manual-${this.#number}`, interval, mode, secrets: [] };
  }

  #world({ at = 'first' }: RunOptions): Omit<World, 'bucket' | 'warehouses' | 'onEvent' | 'keepTokens'> {
    return {
      environment: 'local',
      clock: shown(standingClock(AT[at]), this.#around.source.clockSays),
      random: () => 0.5,
      env: { ...this.#around.source.env, ...this.credentials, [STATE_KEY]: TRIAL_KEY },
      cwd: this.#around.folder,
      runId: `run-${this.#number}`,
      // A dead run's claim is not waited for.
      holder: { host: 'trial', pid: this.#number },
      isAlive: () => false,
      signal: new AbortController().signal,
    };
  }
}
