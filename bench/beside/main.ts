/**
 * Tidemill beside dlt, in one run on one machine, from an API over the loopback interface: a first load, a run that finds
 * nothing new, and a run that is killed half way and then finished. Ours also keeps the raw data; dlt does not.
 * `npm run bench:beside` installs dlt below node_modules/.cache and calls this.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { textTable } from '../../orchestrator/text/table.ts';
import { freshDatabase, servers } from '../../test/servers/postgres/servers.ts';
import { mb, TELLS, times } from '../measure.ts';
import { openShop, PYTHON_TELLS, run, type Shop, type Took } from './child.ts';
import { legOf } from './leg.ts';

const ORDERS = Number(process.argv[2] ?? 500_000);
const python = process.env['TIDEMILL_BESIDE_PYTHON'] ?? 'python3';
/** The newest of those that `scripts/with-postgres` starts, where it does. */
const postgres = servers.at(-1);

/** A program that brings the shop's orders into a table, as a command. */
interface Contender {
  readonly name: string;
  /** Those of dlt are what ours with the same table are held against. */
  readonly table: string;
  command(folder: string, shop: Shop): Promise<string[]>;
}

const ours = (table: string, warehouse: (folder: string) => string | Promise<string>): Contender => ({
  name: 'tidemill',
  table,
  async command(folder, shop) {
    const args = await legOf({ folder, shop, warehouse: await warehouse(folder), pagesAMark: 25 });
    return [process.execPath, '--import', TELLS, ...args];
  },
});

const theirs = (table: string, location: (folder: string) => string | Promise<string>): Contender => ({
  name: 'dlt',
  table,
  command: async (folder, shop) => {
    const program = new URL('pipeline.py', import.meta.url).pathname;
    return [python, '-c', PYTHON_TELLS, program, shop.url, join(folder, 'dlt'), table, await location(folder)];
  },
});

/** A new one; its server ends with the bench. */
async function database(): Promise<string> {
  if (postgres === undefined) throw new TypeError('there is no PostgreSQL');
  return (await freshDatabase(postgres)).location.replace(/^postgres:/, 'postgresql:');
}

const contenders: readonly Contender[] = [
  theirs('duckdb', (folder) => join(folder, 'tables.duckdb')),
  ours('duckdb', (folder) => join(folder, 'tables.duckdb')),
  ours('lake', () => 'lake'),
  ...(postgres === undefined ? [] : [theirs('postgres', database), ours('postgres', database)]),
];

const ENV = { RUNTIME__DLTHUB_TELEMETRY: 'false', RUNTIME__LOG_LEVEL: 'ERROR' };

interface Measured {
  readonly contender: Contender;
  readonly work: string;
  readonly took: Took;
  /** Orders that were asked of the shop. */
  readonly asked: number;
}

async function measure(contender: Contender): Promise<Measured[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-beside-'));
  const measured: Measured[] = [];
  const shop = await openShop(ORDERS);
  const note = async (work: string, took: Took) => measured.push({ contender, work, took, asked: await shop.given() });
  process.stderr.write(`measuring ${contender.name} into ${contender.table} …\n`);
  const command = await contender.command(folder, shop);
  await note('first load', await run(command, ENV));
  await note('nothing new', await run(command, ENV));
  await rm(folder, { recursive: true });

  const second = await mkdtemp(join(tmpdir(), 'tidemill-beside-'));
  const again = await contender.command(second, shop);
  await run(again, ENV, () => halfWay(shop));
  await note('after a kill half way', await run(again, ENV));
  await rm(second, { recursive: true });
  shop.close();
  return measured;
}

async function halfWay(shop: Shop): Promise<void> {
  for (let given = 0; given < ORDERS / 2; given += await shop.given()) await setTimeout(20);
}

const all: Measured[] = [];
for (const contender of contenders) all.push(...(await measure(contender)));
const cells = all.map(({ contender, work, took, asked }) => {
  const table = contender.table === 'lake' ? 'duckdb' : contender.table;
  const other = all.find((one) => one.contender.name === 'dlt' && one.contender.table === table && one.work === work);
  const ratio = other === undefined ? '' : times(took.cpuSeconds / other.took.cpuSeconds);
  const cpu = `${took.cpuSeconds.toFixed(1)} CPU s`;
  return [
    work,
    contender.name,
    contender.table,
    cpu,
    ratio,
    `${took.seconds.toFixed(1)} s`,
    mb(took.peakBytes),
    String(asked),
  ];
});
console.log(textTable(['work', 'by', 'into', 'took', 'of dlt', 'wall', 'peak', 'orders asked for'], cells));
