/** What is published of the end of a run: what it read, what became of the rows, and which gates it was asked. */
import type { TidemillError } from '@tidemill/kit';
import { errorKinds } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import type { Said } from '../events/published/kinds.ts';
import type { EndedRun } from '../events/published/parts.ts';
import type { AskedGate } from '../result/gates.ts';
import { noRows } from '../result/result.ts';
import type { Announcement } from '../state/outbox.ts';
import type { TableName, Warehouse } from '../warehouse/contract.ts';
import { announcing, readingSaid, runName } from './announce.ts';
import { type Source, sourceOf } from './extract/source.ts';
import { openTarget } from './order.ts';
import { tableOf } from './silver/table.ts';
import { loadsInto, type Work } from './work.ts';

/** Events of a run whose slot is settled now, and of the gates that it does not meet. */
export async function endSaid(
  work: Work,
  source: Source,
  asked: readonly AskedGate[],
  superseded: number,
): Promise<Announcement[]> {
  if (!wantsAny(work, 'run-completed', 'gate-failed')) return [];
  const ended = await endedSaid(work, source, asked);
  const { environment, job, service, data_type, run, slot, attempt, gates } = ended;
  const unmet = gates.filter(({ is_met }) => !is_met);
  const who = { environment, job, service, data_type, run, slot, attempt };
  return [
    ...announcing(work, 'run-completed', runName(work), () => ({ ...ended, superseded })),
    ...(unmet.length === 0 ? [] : announcing(work, 'gate-failed', runName(work), () => ({ ...who, gates: unmet }))),
  ];
}

type Outcome = Pick<Said<'run-failed'>, 'outcome' | 'is_settled'>;

/** Events of a run that has not ended well; `failure` is why, unless a person stopped it. */
export async function failureSaid(work: Work, outcome: Outcome, failure?: TidemillError): Promise<Announcement[]> {
  if (!wantsAny(work, 'run-failed')) return [];
  const { job, service, slot } = work.order;
  const { environment, env } = work.world;
  // What cannot be resolved is why the run failed, most likely.
  const source = await sourceOf({ job, service, slot, environment, env }).catch(() => undefined);
  const ended = await endedSaid(work, source, []);
  return announcing(work, 'run-failed', runName(work), () => ({
    ...ended,
    ...outcome,
    ...(failure === undefined ? {} : { failure: faultSaid(failure, (text) => work.telling.clean(text)) }),
  }));
}

function wantsAny({ order, world }: Work, ...kinds: readonly ('run-completed' | 'run-failed' | 'gate-failed')[]) {
  const audience = world.audienceOf?.(order.job);
  return audience !== undefined && kinds.some((kind) => audience.wants(kind));
}

/** An error as events say it. `clean` takes secrets out of a text. */
function faultSaid({ kind, code, message, hint }: TidemillError, clean: (text: string) => string) {
  return {
    ...{ kind, code, message: clean(message), who: errorKinds[kind].who },
    ...(hint === undefined ? {} : { hint: clean(hint) }),
  };
}

async function endedSaid(work: Work, source: Source | undefined, asked: readonly AskedGate[]): Promise<EndedRun> {
  const { telling, world } = work;
  const { totals, gates } = telling.soFar;
  const clean = (text: string): string => telling.clean(text);
  const sentences = [...gates.map((unmet): AskedGate => ({ gate: 'complete', unmet })), ...asked];
  return {
    ...readingSaid(work, work.ledger.claim),
    seconds: Math.max(0, world.clock.now().getTime() - telling.startedAt.getTime()) / 1000,
    ...(source === undefined ? {} : { connector: connectorSaid(source) }),
    inputs: source === undefined ? [] : [inputSaid(work, source, clean)],
    outputs: source === undefined ? [] : await outputsSaid(work, source),
    ...{ records: totals.records, rejected: totals.rejected, packages: totals.packages, bytes: totals.bytes },
    gates: sentences.map(({ gate, unmet }) =>
      unmet === undefined ? { gate, is_met: true } : { gate, is_met: false, says: clean(unmet) },
    ),
  };
}

const connectorSaid = ({ connector: { package: name, version } }: Source): string =>
  version === '' ? name : `${name}@${version}`;

function inputSaid({ order: { job } }: Work, { baseUrl, connector }: Source, clean: (text: string) => string) {
  const url = baseUrl === undefined ? null : URL.parse(baseUrl);
  // Without user and query, where a password might stand.
  const address = url === null ? connector.package : `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  return { namespace: clean(address), name: `${job.service}.${job.data_type}` };
}

async function outputsSaid(work: Work, { stream }: Source): Promise<EndedRun['outputs']> {
  const { order, world, telling } = work;
  const { rows, totals } = telling.soFar;
  const table = tableOf(order.job.service, stream);
  const columns = table.columns.map(({ name, type }) => ({ name, type, ...fieldOf(order.job, name) }));
  const outputs: EndedRun['outputs'] = [];
  for (const warehouse of loadsInto(work)) {
    const { inserted, updated, unchanged, deleted } = rows[warehouse] ?? noRows;
    // One that nothing was loaded into is not opened for this.
    const opened = rows[warehouse] === undefined ? undefined : openTarget(world, warehouse).catch(() => undefined);
    const place = await opened;
    outputs.push({
      warehouse,
      ...(place === undefined ? {} : placeSaid(place, table, (text) => telling.clean(text))),
      ...{ schema: table.schema, table: table.name, columns },
      rows: { inserted, updated, unchanged, deleted },
      rejected: totals.rejected,
    });
  }
  return outputs;
}

function placeSaid({ url, dataset }: Warehouse, table: TableName, clean: (text: string) => string) {
  const { namespace, name, storage } = dataset?.(table) ?? {};
  if (namespace === undefined || name === undefined) return { url: clean(url) };
  const own = { namespace: clean(namespace), name: clean(name) };
  return { url: clean(url), dataset: { ...own, ...(storage === undefined ? {} : { storage }) } };
}

/** Which field of a record a column is, where the configuration says so; what a connector makes of records is code. */
function fieldOf({ command, columns }: Job, name: string): { from?: string } {
  const path = command === undefined ? undefined : columns?.find((column) => column.name === name)?.path;
  return path === undefined ? {} : { from: path.join('.') };
}
