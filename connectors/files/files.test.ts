/** What a run says of files that change, stay, come and go; in a folder, and behind a server. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jobColumnsOf } from '../../orchestrator/config/columns.ts';
import { type Project, project } from '../../test/cli/project.ts';
import { subjectsOf } from '../../test/contracts/connector.ts';
import { onTrial, type Subject, type Trial } from '../../test/contracts/connector-trial.ts';
import { type FileServer, type ServedFiles, startFileServer } from '../../test/fakes/file-server.ts';
import { startFakeHttp } from '../../test/fakes/http-server.ts';

const COLUMNS = { id: 'bigint', name: 'text', file: { type: 'text', from: '_file' } };

interface Folder {
  readonly here: Project;
  put(name: string, text: string): void;
  remove(name: string): void;
  /** The result of a run, or of another command. */
  run(...args: readonly string[]): Promise<Result>;
  rows(): Promise<unknown[][]>;
  change(job: object): void;
}

interface Result {
  readonly result: string;
  readonly failure?: { readonly code: string };
  readonly totals: { readonly inserted: number; readonly updated: number; readonly deleted: number };
  readonly notices: readonly string[];
  readonly gates: readonly string[];
}

/** A project with a folder of files, and a job that reads some. */
async function folderOf(job: object, files: Readonly<Record<string, string>>): Promise<Folder> {
  const services = { shop: { package: '@tidemill/files', options: { url: 'in' } } };
  const configured = (own: object): string =>
    JSON.stringify({ services, jobs: { mine: { service: 'shop', data_type: 'orders', ...own } } });
  const here = await project({ 'ingestion-config.yaml': configured(job) });
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(here.path('in', name)), { recursive: true });
    writeFileSync(here.path('in', name), text);
  };
  for (const [name, text] of Object.entries(files)) put(name, text);
  return {
    here,
    put,
    remove: (name) => rmSync(here.path('in', name), { recursive: true }),
    async run(command, ...args) {
      const { json } = await here.run([command ?? 'run', 'mine', '--json', ...args]);
      return json().results[0];
    },
    async rows() {
      const instance = await DuckDBInstance.create(here.path('.tidemill/local/warehouse.duckdb'));
      const connection = await instance.connect();
      try {
        const { columns = { record: 'jsonb' } } = job as { columns?: object };
        const sql = `SELECT ${Object.keys(columns).join(', ')} FROM shop.orders ORDER BY ALL`;
        return (await connection.runAndReadAll(sql)).getRowsJson();
      } finally {
        connection.closeSync();
        instance.closeSync();
      }
    },
    change: (own) => here.write('ingestion-config.yaml', configured(own)),
  };
}

const changes = { options: { files: '**/*.csv' }, columns: COLUMNS, primary_key: ['id'] };
const everything = { ...changes, scope: 'everything', max_delete_ratio: 1 };

/** Nothing was kept, and nothing loaded. */
const UNCHANGED = { result: 'done', totals: { packages: 0, inserted: 0, updated: 0, deleted: 0 } };

describe('a folder', () => {
  it('of which changes are told: what is new is read, the rest stays, and what is gone is told once', async () => {
    const shop = await folderOf(changes, { 'a.csv': 'id,name\n1,Ann\n2,Bo\n', 'in/b.csv': 'id,name\n3,Cy\n' });
    expect(await shop.run()).toMatchObject({ result: 'done', totals: { inserted: 3 } });
    expect(await shop.run()).toMatchObject(UNCHANGED);
    shop.put('a.csv', 'id,name\n1,Anna\n');
    shop.put('c.csv', 'id,name\n4,Di\n');
    expect(await shop.run()).toMatchObject({ totals: { inserted: 1, updated: 1, deleted: 0 } });
    shop.remove('in/b.csv');
    const { result, notices } = await shop.run();
    expect([result, notices]).toEqual([
      'done',
      ['in/b.csv is not among the files any more. Its rows stay as they are.'],
    ]);
    expect(await shop.run()).toMatchObject({ ...UNCHANGED, notices: ['2 files, as at the last run'] });
    const rows = [
      ['1', 'Anna', 'a.csv'],
      ['2', 'Bo', 'a.csv'],
      ['3', 'Cy', 'in/b.csv'],
      ['4', 'Di', 'c.csv'],
    ];
    expect(await shop.rows()).toEqual(rows);
  });

  it('of which everything is told: one that changed brings all, and what none names is deleted', async () => {
    const shop = await folderOf(everything, { 'a.csv': 'id,name\n1,Ann\n2,Bo\n', 'b.csv': 'id,name\n3,Cy\n' });
    await shop.run();
    shop.put('a.csv', 'id,name\n2,Bo\n');
    expect(await shop.run()).toMatchObject({ totals: { inserted: 0, updated: 0, deleted: 1 } });
    shop.remove('b.csv');
    const { totals, notices } = await shop.run();
    expect([totals, notices]).toMatchObject([
      { deleted: 1 },
      ['b.csv is not among the files any more. Its rows are deleted.'],
    ]);
    expect(await shop.run()).toMatchObject(UNCHANGED);
    shop.remove('a.csv');
    expect(await shop.run()).toMatchObject({ result: 'failed', failure: { code: 'files-missing' } });
    expect(await shop.rows()).toEqual([['2', 'Bo', 'a.csv']]);
  });

  it('whose table has no key: new files are added, and one that changed is refused', async () => {
    const shop = await folderOf({ options: changes.options }, { 'a.csv': 'id\n1\n' });
    await shop.run();
    shop.put('b.csv', 'id\n2\n');
    expect(await shop.run()).toMatchObject({ totals: { inserted: 1 } });
    shop.put('a.csv', 'id\n1\n3\n');
    expect(await shop.run()).toMatchObject({ result: 'failed', failure: { code: 'file-changed' } });
    shop.remove('a.csv');
    expect((await shop.run()).notices).toEqual(['a.csv is not among the files any more. Its rows stay as they are.']);
    shop.put('a.csv', 'id\n1\n');
    expect(await shop.run()).toMatchObject(UNCHANGED);
    expect(await shop.rows()).toEqual([
      ['{"_file":"a.csv","_row":1,"id":"1"}'],
      ['{"_file":"b.csv","_row":1,"id":"2"}'],
    ]);
  });

  it('with a file that is none: those before it are kept, and nothing of it', async () => {
    const shop = await folderOf(changes, { 'a.csv': 'id,name\n1,Ann\n', 'b.csv': 'id,name\n2,"Bo\n' });
    expect(await shop.run()).toMatchObject({ result: 'failed', failure: { code: 'file-contents' } });
    shop.put('b.csv', 'id,name\n2,Bo\n');
    expect(await shop.run()).toMatchObject({ result: 'done', totals: { inserted: 1 } });
    expect(await shop.rows()).toHaveLength(2);
  });

  it('is replayed without the files when an option is corrected', async () => {
    const wrong = { ...changes, options: { files: 'a.csv', delimiter: ',', header: ['id', 'name'], skip_rows: 1 } };
    const shop = await folderOf(wrong, { 'a.csv': 'id;name\n1;Ann\n2;Bo\n' });
    expect(await shop.run()).toMatchObject({ gates: [expect.stringContaining('2 of 2 records rejected')] });
    shop.remove('a.csv');
    shop.change({ ...wrong, options: { ...wrong.options, delimiter: ';' } });
    expect(await shop.run('replay')).toMatchObject({ result: 'done' });
    expect(await shop.rows()).toEqual([
      ['1', 'Ann', 'a.csv'],
      ['2', 'Bo', 'a.csv'],
    ]);
  });

  it('finds no file: that is no table without rows', async () => {
    const shop = await folderOf(changes, {});
    expect(await shop.run()).toMatchObject({ result: 'failed', failure: { code: 'files-missing' } });
  });
});

interface Served {
  readonly trial: Trial;
  readonly server: FileServer;
}

/** A job that reads files of a server, of which changes are told. */
async function withServer(options: object, check: (served: Served) => Promise<void>): Promise<void> {
  let server: FileServer | undefined;
  const open = async (): Promise<FileServer> => {
    server = await startFileServer();
    return server;
  };
  const nothing = { contents: {}, rows: 0 };
  const trial = {
    options: options as Record<string, unknown>,
    table: { columns: jobColumnsOf({ id: 'bigint' }), primary_key: ['id'], write: 'upsert' as const },
    ...{ first: nothing, later: nothing, malformed: nothing },
  };
  const service = {
    name: 'shop',
    options: { url: 'https://x.example/', auth: { username: 'SHOP_USER', password: 'SHOP_PASSWORD' } },
  };
  const module = new URL('./index.ts', import.meta.url);
  const [subject] = await subjectsOf<ServedFiles>({ module, service, open, streams: { orders: trial } });
  await onTrial(subject as Subject, async (trial) => check({ trial, server: server as FileServer }));
}

describe('a server', () => {
  it('is asked with the tag that it gave, and by whom the options name', async () => {
    await withServer({ files: 'a.csv' }, async ({ trial, server }) => {
      trial.credentials = { SHOP_USER: 'me', SHOP_PASSWORD: 'p:ss' };
      await trial.publish({ 'a.csv': 'id\n1\n' });
      await trial.runs();
      expect((await trial.runs()).notices).toEqual(['the file, as at the last run']);
      const [first, second] = server.http.requests.map(({ headers }) => headers);
      expect(first?.['authorization']).toBe(`Basic ${Buffer.from('me:p:ss').toString('base64')}`);
      expect([first?.['if-none-match'], second?.['if-none-match']]).toEqual([undefined, '"1"']);
      expect(server.sent).toEqual(['a.csv']);
    });
  });

  it('that knows dates only is asked with the date, and where it sends the run elsewhere nobody is told who asks', async () => {
    const elsewhere = await startFakeHttp();
    onTestFinished(() => elsewhere.close());
    const date = 'Sat, 21 Nov 2026 05:00:00 GMT';
    elsewhere.serve(({ headers }) =>
      headers['if-modified-since'] === date
        ? { status: 304 }
        : { headers: { 'last-modified': date, 'content-type': 'text/csv' }, body: 'id\n1\n' },
    );
    await withServer({ files: ['a.csv', `${elsewhere.url}/b.csv`] }, async ({ trial, server }) => {
      await trial.publish({ 'a.csv': { status: 302, headers: { location: `${elsewhere.url}/a.csv` } } });
      expect((await trial.runs()).totals.packages).toBe(1);
      await trial.runs();
      expect(server.http.requests[0]?.headers).toHaveProperty('authorization');
      expect(elsewhere.requests.filter(({ headers }) => 'authorization' in headers)).toEqual([]);
      expect(elsewhere.requests.filter(({ headers }) => headers['if-modified-since'] === date).length).toBeGreaterThan(
        0,
      );
    });
  });

  it('that sends the same bytes once more is found out by them', async () => {
    await withServer({ files: 'a.csv' }, async ({ trial, server }) => {
      for (const etag of ['"1"', '"2"']) {
        await trial.publish({ 'a.csv': { headers: { etag, 'content-type': 'text/csv' }, body: 'id\n1\n' } });
        expect((await trial.runs()).totals.packages).toBe(etag === '"1"' ? 1 : 0);
      }
      expect(server.sent).toHaveLength(2);
    });
  });

  it('is asked for addresses with a query as they are; a signature in it is not told where rows come from', async () => {
    const files = ['export?format=csv&of=*', 'export?format=csv&sig=signed'];
    await withServer({ files, format: 'csv' }, async ({ trial, server }) => {
      await trial.publish({ export: { headers: { 'content-type': 'application/csv' }, body: 'id\n1\n' } });
      await trial.runs();
      expect(server.http.requests.map(({ query }) => query)).toEqual([
        { format: 'csv', of: '*' },
        { format: 'csv', sig: 'signed' },
      ]);
      const { rows } = await trial.query('SELECT source_url FROM shop.orders');
      expect(JSON.stringify(rows)).toMatch(/\/export\?format=csv&sig=\*\*\*"/);
    });
  });

  it('that answers with half of a file has answered with none', async () => {
    await withServer({ files: 'a.csv' }, async ({ trial }) => {
      await trial.publish({
        'a.csv': { body: 'id\n1\n2\n3\n', headers: { 'content-type': 'text/csv' }, fault: 'truncate' },
      });
      expect((await trial.run()).failure?.kind).toBe('transient');
      expect(await trial.state()).not.toHaveProperty('cursor');
    });
  });

  it('has a file no more: that is told, and the others are read', async () => {
    await withServer({ files: ['a.csv', 'b.csv'] }, async ({ trial }) => {
      await trial.publish({ 'a.csv': 'id\n1\n', 'b.csv': 'id\n2\n' });
      await trial.runs();
      await trial.publish({ 'b.csv': 'id\n2\n3\n' });
      const { notices, totals } = await trial.runs();
      expect([notices, totals.inserted]).toEqual([
        ['a.csv is not among the files any more. Its rows stay as they are.'],
        1,
      ]);
    });
  });

  it('sends little again to a run that was killed in the middle of much', async () => {
    const files = Array.from({ length: 60 }, (_, index) => `part-${index + 10}.csv`);
    await withServer({ files }, async ({ trial, server }) => {
      await trial.publish(Object.fromEntries(files.map((name, index) => [name, `id\n${index}\n`])));
      await trial.run({ diesAt: 40 });
      const before = server.sent.length;
      expect(before).toBeGreaterThan(30);
      await trial.runs();
      expect(server.sent.length).toBeLessThanOrEqual(files.length + 25);
      expect(await trial.rows()).toHaveLength(files.length);
    });
  });
});
