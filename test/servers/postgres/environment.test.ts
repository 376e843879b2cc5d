/** One whole environment: bronze and state in an S3 store, silver in PostgreSQL, as `docs/operations.md` describes it. */
import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { project } from '../../cli/project.ts';
import { s3Env } from '../../cli/stores.ts';
import { bouncer, type Database, freshDatabase, servers } from './servers.ts';

const { TIDEMILL_TEST_S3_URL: s3 = '' } = process.env;

async function bucket(): Promise<string> {
  const Bucket = `tidemill-${randomUUID()}`;
  const credentials = { accessKeyId: 'tidemill', secretAccessKey: 'tidemill-secret' };
  const client = new S3Client({ endpoint: s3, region: 'us-east-1', credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket }));
  return `s3://${Bucket}`;
}

/** Prints what the file holds, so that the source can change between two runs. */
const fetch = "process.stdout.write(require('node:fs').readFileSync('people.ndjson', 'utf8'))";

describe.runIf(s3 !== '' && servers.length > 0).each([...servers, bouncer])('an S3 bucket and $name', (server) => {
  it('hold what a job reads, run after run; a lost warehouse is made again; nobody prints the password', async () => {
    const database: Database = await freshDatabase(server);
    onTestFinished(() => database[Symbol.asyncDispose]());
    const where = new URL(database.location);
    const { password } = where;
    const withPassword = where.href;
    where.password = '';
    const env = {
      ...s3Env(s3),
      AWS_ACCESS_KEY_ID: 'tidemill',
      AWS_SECRET_ACCESS_KEY: 'tidemill-secret',
      TIDEMILL_POSTGRES_PASSWORD: password,
    };
    const people = {
      service: 'shop',
      data_type: 'people',
      cron: '0 6 * * *',
      command: [process.execPath, '--eval', fetch],
      columns: { id: 'bigint', name: 'text', seen: 'timestamptz' },
      primary_key: ['id'],
    };
    const location = await bucket();
    const configured = (warehouse: string) =>
      JSON.stringify({
        environments: { local: { bucket: location, warehouse } },
        services: { shop: {} },
        jobs: { people },
      });
    const here = await project({
      'ingestion-config.yaml': configured(where.href),
      'people.ndjson':
        '{"id":1,"name":"Ada","seen":"2026-11-20T10:00:00.000001Z"}\n{"id":2,"name":"Bob"}\n{"id":"x"}\n',
    });
    const said: string[] = [];
    const run = async (args: readonly string[], now?: string) => {
      const outcome = await here.run(args, { env, ...(now === undefined ? {} : { now }) });
      said.push(outcome.stdout, outcome.stderr);
      return outcome;
    };
    const [first] = (await run(['run', 'people', '--json'])).json().results;
    expect(first).toMatchObject({ totals: { records: 3, rejected: 1, inserted: 2 } });
    here.write('people.ndjson', '{"id":1,"name":"Ada","seen":"2026-11-20T10:00:00.000001Z"}\n{"id":2,"name":"Rob"}\n');
    const [second] = (await run(['run', 'people', '--json'], '2026-11-22T06:30:00Z')).json().results;
    expect(second).toMatchObject({ result: 'done', totals: { records: 2, updated: 1, unchanged: 1 } });

    const rows = "SELECT id, name, seen = '2026-11-20T10:00:00.000001Z' AS seen FROM shop.people ORDER BY id";
    const whole = [
      { id: '1', name: 'Ada', seen: true },
      { id: '2', name: 'Rob', seen: null },
    ];
    expect(await database.run(rows)).toEqual(whole);
    await database.run('DROP SCHEMA shop CASCADE; DROP SCHEMA staging CASCADE');
    expect((await run(['doctor'])).stdout).toContain('tidemill replay');
    expect((await run(['replay', 'people'])).exit).toBe(0);
    expect(await database.run(rows)).toEqual(whole);

    // With the password in the URL, too.
    here.write('ingestion-config.yaml', configured(withPassword));
    for (const args of [
      ['validate'],
      ['doctor'],
      ['status'],
      ['plan'],
      ['run', 'people', '--explore'],
      ['doctor', '--json'],
    ]) {
      expect([args, (await run(args, '2026-11-23T06:30:00Z')).exit]).toEqual([args, 0]);
    }
    here.write('ingestion-config.yaml', configured(withPassword.replace(password, `${password}-wrong`)));
    const refused = await run(['run', 'people'], '2026-11-24T06:30:00Z');
    expect([refused.exit, refused.stdout]).toEqual([3, expect.stringContaining('postgres-auth')]);
    expect((await run(['doctor'])).exit).toBe(2);
    expect(said.join('\n')).not.toContain(password);
  });
});
