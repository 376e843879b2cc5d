/** What the driver does at the edges of its contract: waiting, sessions, commits that are too large, answers that are lost. */
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import {
  ADA,
  applied,
  BOB,
  column,
  load,
  merges,
  NONE,
  people,
  type Values,
} from '../../../test/contracts/warehouse-samples.ts';
import { type Given, given } from '../../../test/fakes/spanner-given.ts';
import { Refused, wait } from '../../../test/fakes/spanner-refused.ts';

const two = (id = 'p1') => load(id, people, [ADA, BOB]);
const crowd = (count: number): Values[] => Array.from({ length: count }, (_, id) => ({ id: String(id), name: 'x' }));

/** Meets the first requests whose path ends so, each once, with one of these answers. */
function meets({ fake }: Given, end: string, ...answers: readonly (Refused | 'lost')[]): () => number {
  let met = 0;
  fake.interfere(({ path, body }) => {
    // The commit that describes a table is asked for again by itself.
    if (!path.endsWith(end) || met >= answers.length || body.includes('singleUseTransaction')) return undefined;
    const answer = answers[met] as Refused | 'lost';
    met += 1;
    return answer === 'lost' ? answer : answer.reply;
  });
  return () => met;
}

const commitsIn = ({ fake }: Given): number =>
  fake.requests.filter(({ path, body }) => path.endsWith(':commit') && body.includes('transactionId')).length;

describe('a load', () => {
  it('that fits one commit is one: its rows, and the record of the package', async () => {
    const one = await given();
    await merges(one.warehouse, two(), { rows: 2, inserted: 2 });
    const [commit, ...others] = one.fake.requests.filter(({ body }) => body.includes('"transactionId"'));
    expect(others).toEqual([]);
    const { mutations } = JSON.parse(commit?.body ?? '{}');
    const tables = mutations.flatMap((mutation: object) => Object.values(mutation).map(({ table }) => table));
    expect(tables).toEqual([
      'contract.people',
      'staging.ingestion_begun',
      'staging.ingestion_state',
      'staging.ingestion_tables',
    ]);
  });

  it.each([
    ['aborted', new Refused('ABORTED', 'Transaction was aborted.', [wait(7)])],
    ['unavailable', new Refused('UNAVAILABLE', 'The service is currently unavailable.', [wait(7)])],
    ['too much', new Refused('RESOURCE_EXHAUSTED', 'Too many requests', [wait(7)])],
    ['of a session that is over', new Refused('NOT_FOUND', 'Session not found: projects/x')],
    ['without an answer', 'lost' as const],
  ])('whose commit is %s is tried again, and is there once', async (what, answer) => {
    const one = await given();
    await one.warehouse.check();
    const met = meets(one, ':commit', answer);
    const log = { ...people, key: [], write: 'append' } as const;
    await merges(one.warehouse, load('p1', log, [ADA, ADA]), { rows: 2, inserted: 2 });
    expect(met()).toBe(1);
    expect((await one.warehouse.query('SELECT COUNT(*) FROM contract.people')).rows).toEqual([['2']]);
    // As long as Spanner asks for.
    if (answer !== 'lost' && answer.details.length > 0) expect(one.clock.slept, what).toContain(7_000);
  });

  it('is many commits where one would be too large, each within the limit', async () => {
    const one = await given();
    await merges(one.warehouse, load('p1', people, crowd(20_000)), { rows: 20_000, inserted: 20_000 });
    // 9 columns: 8,887 rows are 79,983 changes.
    expect(commitsIn(one)).toBe(3);
  });

  it('counts the entries of indexes that people have made', async () => {
    const one = await given();
    await one.warehouse.apply(two());
    one.fake.change('CREATE INDEX contract.people_by_town ON contract.people (town)');
    one.fake.change('CREATE INDEX contract.people_by_name ON contract.people (name, town)');
    const before = commitsIn(one);
    // 9 columns are one commit; with 3 and 4 for the entries they are 16.
    await merges(one.warehouse, load('p2', people, crowd(8_800)), { rows: 8_800, inserted: 8_798, updated: 2 });
    expect(commitsIn(one) - before).toBe(2);
  });

  it('is cut down when Spanner counts more than is known', async () => {
    const one = await given();
    await one.warehouse.apply(two());
    // Made after the table was looked at.
    let isMade = false;
    one.fake.interfere(({ path }) => {
      if (isMade || !path.endsWith(':commit')) return undefined;
      isMade = true;
      for (const name of ['name', 'town'])
        one.fake.change(`CREATE INDEX contract.by_${name} ON contract.people (${name})`);
      return undefined;
    });
    await merges(one.warehouse, load('p2', people, crowd(8_000)), { rows: 8_000, inserted: 7_998, updated: 2 });
  });

  it.each([
    new Refused('INVALID_ARGUMENT', 'The transaction contains too many mutations.').reply,
    new Refused(
      'INVALID_ARGUMENT',
      'The transaction exceeds the maximum total bytes-size that can be handled by Spanner. Please reduce the size.',
    ).reply,
    new Refused('INVALID_ARGUMENT', 'Request payload size exceeds the limit: 104857600 bytes.').reply,
    { status: 413, headers: { 'content-type': 'text/html' }, body: '<title>413 Request Entity Too Large</title>' },
  ])('is refused when one row alone is too large, and nothing of it is there: %j', async (reply) => {
    const one = await given({ limits: { retries: 1 } });
    await one.warehouse.apply(two());
    one.fake.interfere(({ path }) => (path.endsWith(':commit') ? reply : undefined));
    await expect(one.warehouse.apply(load('p2', people, crowd(9)))).rejects.toMatchObject({
      kind: 'config',
      code: 'spanner-too-large',
    });
    one.fake.interfere(() => undefined);
    expect((await one.warehouse.query('SELECT COUNT(*) FROM contract.people')).rows).toEqual([['2']]);
  });

  it('is refused for a value that only Spanner finds too large', async () => {
    const one = await given({ limits: { retries: 1 } });
    await one.warehouse.apply(two());
    const message = 'New value exceeds the maximum size limit for this column: people.name, size: 7, limit: 6.';
    const reply = new Refused('FAILED_PRECONDITION', message).reply;
    one.fake.interfere(({ path }) => (path.endsWith(':commit') ? reply : undefined));
    await expect(one.warehouse.apply(load('p2', people, crowd(9)))).rejects.toMatchObject({ code: 'warehouse-value' });
  });

  it.each(['x'.repeat(2_621_441), '€'.repeat(2_621_440 * 2)])(
    'is refused for a text that no cell holds, before it is told',
    async (name) => {
      const { warehouse } = await given();
      const beforeCommit = () => assert.fail('it was told');
      const refused = warehouse.apply(load('p1', people, [{ ...ADA, name }], { beforeCommit }));
      await expect(refused).rejects.toMatchObject({ code: 'warehouse-value' });
    },
  );

  it('takes the longest text that a cell holds, and a key of it', async () => {
    const { warehouse } = await given();
    const table = {
      ...people,
      columns: [column('name', 'text'), column('town', 'text', true)],
      key: ['name'],
      indexes: [],
    };
    const name = `${'x'.repeat(2_621_439)}😀`;
    await merges(warehouse, load('p1', table, [{ name }]), { rows: 1, inserted: 1 });
    await merges(warehouse, load('p2', table, [{ name }]), { rows: 1, unchanged: 1 });
  });

  it('leaves a table alone that somebody else has made', async () => {
    const one = await given();
    one.fake.change('CREATE SCHEMA IF NOT EXISTS contract');
    one.fake.change('CREATE TABLE IF NOT EXISTS contract.people (id INT64 NOT NULL) PRIMARY KEY (id)');
    await expect(one.warehouse.apply(two())).rejects.toMatchObject({ kind: 'config', code: 'spanner-table-foreign' });
  });

  it('waits for a change of the schema, but not for ever, and tells what was wrong with it', async () => {
    const one = await given();
    one.fake.takeTime(4);
    await merges(one.warehouse, two(), { rows: 2, inserted: 2 });
    one.fake.takeTime(1_000);
    const wider = { ...people, columns: [...people.columns, column('age', 'integer', true)] };
    const slow = {
      kind: 'transient',
      code: 'spanner-schema-slow',
      hint: expect.stringContaining('gcloud spanner operations'),
    };
    await expect(one.warehouse.apply(load('p2', wider, [ADA]))).rejects.toMatchObject(slow);
    one.fake.interfere(({ path }) =>
      path.endsWith('/ddl') ? new Refused('FAILED_PRECONDITION', 'Database has too many columns').reply : undefined,
    );
    const refused = { kind: 'config', code: 'spanner-schema', message: expect.stringContaining('too many columns') };
    await expect(one.warehouse.apply(load('p3', wider, [ADA]))).rejects.toMatchObject(refused);
  });

  it('finds its change of the schema again when the answer was lost', async () => {
    const one = await given();
    let lost = 0;
    one.fake.interfere(({ path }) => (path.endsWith('/ddl') && lost++ === 0 ? 'lost' : undefined));
    await merges(one.warehouse, two(), { rows: 2, inserted: 2 });
    expect(lost).toBeGreaterThan(1);
  });
});

describe('sessions', () => {
  it('are used again, and deleted in the end', async () => {
    const { fake, warehouse } = await given();
    await warehouse.apply(two());
    await warehouse.apply(load('p2', people, [ADA]));
    for await (const _ of warehouse.scan(people)) break;
    expect(fake.sessions.size).toBe(1);
    await warehouse.close();
    expect(fake.sessions.size).toBe(0);
  });

  it('that are over are made anew', async () => {
    const { fake, warehouse } = await given();
    await warehouse.apply(two());
    fake.sessions.clear();
    expect((await warehouse.query('SELECT COUNT(*) FROM contract.people')).rows).toEqual([['2']]);
    fake.sessions.clear();
    expect((await applied(warehouse, load('p2', people, [ADA]))).counts).toEqual({ ...NONE, rows: 1, unchanged: 1 });
  });
});
