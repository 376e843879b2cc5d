/** A few records of a data set, as the source has them now. Nothing is kept of them: no state, no bronze, no log. */
import { TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { checkOptions, loadConnector } from '../run/extract/connector.ts';
import { isPreviewed } from '../run/extract/datasets.ts';
import { declaredStream } from '../run/extract/job-stream.ts';
import { type Looked, type LookedAt, lookAt } from '../run/extract/preview.ts';
import { inEnvironment } from '../text/format.ts';
import { unitsOf } from './catalog.ts';
import { looking } from './catalog-look.ts';
import { refuseOnActions } from './catalog-private.ts';
import { jobsHere } from './missing-credentials.ts';
import { readsUnit } from './reads-unit.ts';
import { serviceNamed } from './service-named.ts';
import type { Session } from './session.ts';

export interface PreviewRequest {
  /** `SERVICE.DATASET`. */
  readonly of: string;
  /** As typed; 5 if not given. */
  readonly rows?: string | undefined;
}

export interface Preview extends Looked {
  readonly service: string;
  readonly data_set: string;
  /** Whose options were taken; undefined where no job of the environment reads it, and each option has its default. */
  readonly job?: string;
  readonly seconds: number;
}

const USUAL_ROWS = 5;
const MOST_ROWS = 100;
const MOST_SECONDS = 30;
/** Of the records that are shown. */
const MOST_BYTES = 1_000_000;
/** Of a file that records are made of: a larger one takes longer than anybody waits. */
const MOST_FILE_BYTES = 64 * 2 ** 20;

/**
 * Throws `rows-invalid`, what `unitsOf` throws, `unit-gone`, `no-preview` where the data set does not say that it may be read for nothing,
 * `options-invalid`, and what the source answers.
 */
export async function preview(session: Session, request: PreviewRequest): Promise<Preview> {
  const rows = rowsIn(request.rows);
  const { unit } = await unitsOf(session, request.of);
  const [name = ''] = request.of.split('.');
  const service = serviceNamed(session, name, 'npx tidemill catalog show');
  if (unit === undefined) throw new TidemillError('bug', 'preview-of-service', `${request.of} is no data set`);
  if (unit.state === 'gone') throw goneUnit(session, name, unit.name);
  if (service.command !== undefined) throw noPreview(session, name, unit.name);
  const stream = declaredStream(await loadConnector(service), unit.name);
  if (!unit.capabilities.includes('preview') || !isPreviewed(stream)) throw noPreview(session, name, unit.name);
  const job = jobFor(session, name, unit.name);
  const options = optionsFor(request.of, stream, job);
  const startedAt = session.host.clock.now().getTime();
  const limit = { what: `to preview ${request.of}`, seconds: MOST_SECONDS };
  const bounds: LookedAt['bounds'] = { rows, bytes: MOST_BYTES, fileBytes: MOST_FILE_BYTES };
  const looked = await looking(session, service, limit, ({ door }, sending) => {
    refuseOnActions(session.host, door);
    return lookAt({ source: { ...door, stream, options }, sending, bounds });
  });
  const seconds = (session.host.clock.now().getTime() - startedAt) / 1000;
  return { service: name, data_set: unit.name, ...(job === undefined ? {} : { job: job.id }), seconds, ...looked };
}

function rowsIn(text: string = String(USUAL_ROWS)): number {
  const rows = Number(text);
  if (/^\d+$/.test(text) && rows >= 1 && rows <= MOST_ROWS) return rows;
  throw new TidemillError('config', 'rows-invalid', `--rows ${text} is not a number of records`, {
    hint: `From 1 to ${MOST_ROWS}.`,
  });
}

/** An enabled one of this environment before any other. */
function jobFor({ config, environment }: Session, service: string, dataset: string): Job | undefined {
  const reads = (job: Job): boolean => job.service === service && job.data_type === dataset && readsUnit(job);
  return jobsHere(config, environment.name).find(reads) ?? config.jobs.find(reads);
}

function optionsFor(of: string, stream: LookedAt['source']['stream'], job: Job | undefined) {
  if (job !== undefined) return checkOptions(stream, job.id, job.options);
  try {
    return checkOptions(stream, of, {});
  } catch (thrown) {
    if (!(thrown instanceof TidemillError && thrown.code === 'options-invalid')) throw thrown;
    throw new TidemillError('config', 'options-invalid', `${of} cannot be read without options: ${thrown.message}`, {
      hint: 'A preview takes those of a job that reads it: write one, which may be disabled.',
    });
  }
}

const goneUnit = ({ environment: { name } }: Session, service: string, dataset: string): TidemillError =>
  new TidemillError('config', 'unit-gone', `${service} has no ${dataset} any more`, {
    hint: `\`npx tidemill catalog collect ${service}${inEnvironment(name)}\` looks again.`,
  });

const noPreview = ({ environment: { name } }: Session, service: string, dataset: string): TidemillError =>
  new TidemillError('config', 'no-preview', `${service}.${dataset} does not say that it may be read for a preview`, {
    hint: `Reading it may cost, or change something at the source. \`npx tidemill catalog show ${service}${inEnvironment(name)}\` says which may.`,
  });
