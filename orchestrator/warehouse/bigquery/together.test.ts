/** Several packages as one job: called by the first of them, and left to another process that has begun it. */
import { expect, it } from 'vitest';
import { EVE, load, NONE, people, together } from '../../../test/contracts/warehouse-samples.ts';
import { decides, given, scripts, TWO_NEW, textOf, two } from '../../../test/fakes/bigquery-given.ts';

const both = () => together(two(), load('p2', people, [EVE, { ...EVE, id: '4' }]));
/** Of package 1. */
const TWO_MORE = ['1', ...TWO_NEW.slice(1)];

it('a load of several packages is one job, called by the first of them; records are written with it', async () => {
  const { fake, warehouse } = await given();
  fake.decide((work) => (work.includes('COUNTIF') ? { rows: [TWO_NEW, TWO_MORE] } : undefined));
  const { packages } = await warehouse.apply(both());
  expect(packages.map(({ id, counts }) => [id, counts.inserted])).toEqual([
    ["it's p1", 2],
    ['p2', 2],
  ]);
  const [script, ...others] = scripts(fake);
  expect(others).toEqual([]);
  expect(textOf(script?.configuration ?? {})).toMatch(/package_id IN \("it's p1", "p2"\)[\s\S]*row_count != 4 /);
  const alone = await given();
  decides(alone.fake);
  await alone.warehouse.apply(two());
  expect(script?.id).toBe(scripts(alone.fake)[0]?.id);
});

it('a load of several packages gives up where another process has loaded some of them meanwhile', async () => {
  const { fake, warehouse } = await given();
  const theirs = JSON.stringify({ ...NONE, rows: 2, inserted: 2 });
  let recorded: string[] = [];
  fake.decide((work) => {
    if (work.startsWith('SELECT package_id')) return { rows: recorded.map((id) => [id, theirs]) };
    const other = recorded.length === 0 ? [TWO_MORE] : [];
    return work.includes('COUNTIF') ? { rows: [TWO_NEW, ...other] } : undefined;
  });
  fake.interfere(({ method, path, body }) => {
    if (recorded.length > 0 || method !== 'POST' || !path.endsWith('/jobs') || !body.includes('BEGIN TRANSACTION'))
      return undefined;
    const id = JSON.parse(body).jobReference.jobId;
    const configuration = { query: { query: 'BEGIN TRANSACTION; of another' } };
    (fake.jobs as Map<string, unknown>).set(id, { id, configuration, outcome: { rows: [] }, looks: 2 });
    recorded = ["it's p1"];
    return undefined;
  });
  await expect(warehouse.apply(both())).rejects.toMatchObject({ kind: 'transient', code: 'bigquery-overtaken' });
  expect(scripts(fake)).toHaveLength(1);
  // The next try leaves out what is there.
  const { packages } = await warehouse.apply(both());
  expect(packages.map(({ id, alreadyLoaded }) => [id, alreadyLoaded])).toEqual([
    ["it's p1", true],
    ['p2', false],
  ]);
});
