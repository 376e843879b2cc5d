/**
 * The process that is killed: `tidemill run JOB@SLOT` in all but three things: its bucket and its warehouse have points
 * to die at, the service's package is the invented source, and what it prints are lines for the process that watches.
 */
import { appendFileSync, writeSync } from 'node:fs';
import { assignmentOf } from '../../orchestrator/app/assignments.ts';
import { runIdOf } from '../../orchestrator/app/run-id.ts';
import { openSession, type Session } from '../../orchestrator/app/session.ts';
import { realHost } from '../../orchestrator/cli/host.ts';
import { runAll } from '../../orchestrator/cli/run-all.ts';
import type { Warehouse } from '../../orchestrator/warehouse/contract.ts';
import { openWarehouse } from '../../orchestrator/warehouse/open.ts';
import { kindOf, type Point, type World, withPoints } from './points.ts';
import { sabotages } from './sabotage.ts';
import { ASKED, requests } from './source.ts';

/** When the process dies, unless its run ends before. */
export type Death =
  /** At this point, counted from 1, by its own hand. */
  | { readonly at: number }
  /** At the first point whose label is none of these, and whose kind is none. */
  | { readonly unlike: readonly string[] }
  /** This long after that point, by another's hand; 0 stands for the start of the run. */
  | { readonly from: number; readonly afterMs: number };

export interface LegOrder {
  readonly config: string;
  /** Where the invented source is, a URL. */
  readonly source: string;
  readonly job: string;
  readonly slot: string;
  readonly now: string;
  readonly death?: Death;
  readonly sabotage?: string;
}

/** What a leg says, a line each. */
export type LegLine =
  | { readonly says: 'dying'; readonly point: Point }
  /** From now on the time runs after which it is to be killed. */
  | { readonly says: 'aim' }
  | {
      readonly says: 'ended';
      readonly exit: number;
      readonly result: string;
      readonly why: string;
      readonly points: readonly string[];
    };

const say = (line: LegLine): void => {
  // At once, for the next thing may be the end.
  writeSync(1, `${JSON.stringify(line)}\n`);
};

async function leg(order: LegOrder): Promise<void> {
  const printed: string[] = [];
  const silent = { write: () => undefined, isLive: false, columns: 200 };
  const stdout = { ...silent, write: (text: string) => void printed.push(text) };
  const terminal = { ...realHost(), stdout, stderr: silent };
  const session = await openSession(terminal, order);
  const target = assignmentOf(session.config, `${order.job}@${order.slot}`, session.host.clock.now());
  const service = { ...target.service, package: order.source };
  const points: string[] = [];
  const deadly = deadlySession(session, order, points);
  if (order.death !== undefined && 'from' in order.death && order.death.from === 0) say({ says: 'aim' });
  const runId = runIdOf(session.host, {});
  const request = { assignments: [{ ...target, service }], runId, mode: 'incremental' } as const;
  const exit = await runAll(terminal, deadly, request, { json: true });
  const [result] = (JSON.parse(printed.join('')) as { results: Ended[] }).results;
  const why = result?.failure?.code ?? result?.reason ?? '';
  say({ says: 'ended', exit, result: result?.result ?? 'nothing', why, points });
}

/** The session with points to die at; labels of those that are reached are added to the list. */
function deadlySession(session: Session, order: LegOrder, labels: string[]): Session {
  const { asks, ...deadly } = deadlyWorld(session, order, labels);
  requests.reached = (when) => {
    if (when === 'before') appendFileSync(ASKED, 'a page\n');
    asks(when);
  };
  return { ...session, ...deadly };
}

function deadlyWorld(session: Session, { death, sabotage }: LegOrder, labels: string[]) {
  const opened: Promise<Warehouse>[] = [];
  const close = async (): Promise<void> => {
    for (const warehouse of opened) await (await warehouse).close();
    await session.close();
  };
  const world = { bucket: session.bucket, warehouses: session.warehouses, close };
  const watcher = {
    isFatal: (point: Point) => isFatal(point, death),
    reached: (point: Point) => {
      labels.push(point.label);
      if (death !== undefined && 'from' in death && point.number === death.from) say({ says: 'aim' });
      if (isFatal(point, death)) die(point);
    },
  };
  if (sabotage !== undefined) return withPoints(sabotaged(world, sabotage), watcher);
  const { env, clock, random } = session.host;
  const warehousesOn = (bucket: Session['bucket']): World['warehouses'] =>
    new Map(
      [...session.environment.warehouses].map(([name, location]) => {
        const open = (): Promise<Warehouse> => {
          const warehouse = openWarehouse(location, { env, clock, random, bucket, drivers: session.config.drivers });
          opened.push(warehouse);
          return warehouse;
        };
        return [name, open];
      }),
    );
  return withPoints(world, watcher, warehousesOn);
}

function sabotaged(world: World, name: string): World {
  const { [name]: sabotage } = sabotages;
  if (sabotage === undefined) throw new Error(`no sabotage is called "${name}"`);
  return sabotage(world);
}

interface Ended {
  readonly result: string;
  readonly reason?: string;
  readonly failure?: { readonly code: string };
}

function isFatal({ number, label }: Point, death: Death | undefined): boolean {
  if (death === undefined || 'from' in death) return false;
  if ('at' in death) return number === death.at;
  return !death.unlike.includes(label) && !death.unlike.includes(kindOf(label));
}

function die(point: Point): void {
  say({ says: 'dying', point });
  process.kill(process.pid, 'SIGKILL');
  // Whatever the system does between the call and the death, nothing else happens here.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

await leg(JSON.parse(process.argv[2] ?? '') as LegOrder);
