/**
 * The process that is killed: `tidemill run JOB@SLOT` in all but three things: its bucket and its warehouse have points
 * to die at, the service's package is the invented source, and what it prints are lines for the process that watches.
 */
import { appendFileSync, writeSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import type { Session } from '../../orchestrator/app/session.ts';
import type { Warehouse } from '../../orchestrator/warehouse/contract.ts';
import type { Point, World } from './points.ts';

/** When the process dies, unless its run ends before. */
export type Death =
  /** At this point, counted from 1, by its own hand. */
  | { readonly at: number }
  /** At the first point whose label is none of these. */
  | { readonly unlike: readonly string[] }
  /** This long after that point, by another's hand; 0 stands for the start of the run. */
  | { readonly from: number; readonly afterMs: number };

export interface LegOrder {
  readonly config: string;
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
  const { openSession } = await import('../../orchestrator/app/session.ts');
  const { realHost } = await import('../../orchestrator/cli/host.ts');
  const { assignmentOf } = await import('../../orchestrator/app/assignments.ts');
  const { runAll } = await import('../../orchestrator/cli/run-all.ts');
  const { runIdOf } = await import('../../orchestrator/app/run-id.ts');

  const printed: string[] = [];
  const silent = { write: () => undefined, isLive: false, columns: 200 };
  const stdout = { ...silent, write: (text: string) => void printed.push(text) };
  const terminal = { ...realHost(), stdout, stderr: silent };
  const session = await openSession(terminal, order);
  const target = assignmentOf(session.config, `${order.job}@${order.slot}`, session.host.clock.now());
  const service = { ...target.service, package: new URL('source.ts', import.meta.url).href };
  const points: string[] = [];
  const deadly = await deadlySession(session, order, points);
  if (order.death !== undefined && 'from' in order.death && order.death.from === 0) say({ says: 'aim' });
  const runId = runIdOf(session.host, {});
  const request = { assignments: [{ ...target, service }], runId, mode: 'incremental' } as const;
  const exit = await runAll(terminal, deadly, request, { json: true });
  const [result] = (JSON.parse(printed.join('')) as { results: Ended[] }).results;
  const why = result?.failure?.code ?? result?.reason ?? '';
  say({ says: 'ended', exit, result: result?.result ?? 'nothing', why, points });
}

/** The session with points to die at; labels of those that are reached are added to the list. */
async function deadlySession(session: Session, order: LegOrder, labels: string[]): Promise<Session> {
  const { asks, ...deadly } = await deadlyWorld(session, order, labels);
  const { ASKED, requests } = await import('./source.ts');
  requests.reached = (when) => {
    if (when === 'before') appendFileSync(ASKED, 'a page\n');
    asks(when);
  };
  return { ...session, ...deadly };
}

async function deadlyWorld(session: Session, { death, sabotage }: LegOrder, labels: string[]) {
  const { withPoints } = await import('./points.ts');
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
  if (sabotage !== undefined) return withPoints(await sabotaged(world, sabotage), watcher);
  const { openWarehouse } = await import('../../orchestrator/warehouse/open.ts');
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

async function sabotaged(world: World, name: string): Promise<World> {
  const { sabotages } = await import('./sabotage.ts');
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
  return 'at' in death ? number === death.at : !death.unlike.includes(label);
}

function die(point: Point): void {
  say({ says: 'dying', point });
  process.kill(process.pid, 'SIGKILL');
  // Whatever the system does between the call and the death, nothing else happens here.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

enableCompileCache();
await leg(JSON.parse(process.argv[2] ?? '') as LegOrder);
