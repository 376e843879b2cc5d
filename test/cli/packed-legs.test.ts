/** Which services the plan puts on one machine, by what their connectors' package.json says of secrets. */
import { expect, it } from 'vitest';
import { project } from './project.ts';

const manifest = (name: string, tidemill?: object): string => JSON.stringify({ name: `@tidemill/${name}`, tidemill });
const print = [process.execPath, '--eval', 'console.log("{}")'];

it('shares one only among services that are known to read no secret, not even an optional one', async () => {
  const names = ['open', 'other', 'maybe', 'silent', 'shop'];
  const jobs = {
    ...Object.fromEntries(names.map((service) => [service, { service, data_type: 'things' }])),
    shop: { service: 'shop', data_type: 'things', command: print },
    crm: { service: 'crm', data_type: 'things', command: print, dependencies: ['CRM_TOKEN'] },
  };
  const here = await project({
    'ingestion-config.yaml': JSON.stringify({ global: { legs: 'packed', max_parallel_jobs: 1 }, jobs }),
    'connectors/open/package.json': manifest('open', { credentials: [] }),
    'connectors/other/package.json': manifest('other', { credentials: [] }),
    'connectors/maybe/package.json': manifest('maybe', { credentials: [], optional: ['MAYBE_TOKEN'] }),
    // Says nothing, and is not installed: what is not known is not shared.
    'connectors/silent/package.json': manifest('silent'),
  });
  const env = { TIDEMILL_CREDENTIALS: 'CRM_TOKEN,' };
  const { matrix } = (await here.run(['plan', '--force', '--json'], { env })).json();
  expect(matrix.include.map(({ services }: { services: string[] }) => services)).toEqual([
    ['open', 'other', 'shop'],
    ['maybe'],
    ['silent'],
    ['crm'],
  ]);
});
