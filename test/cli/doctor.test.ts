/** How `tidemill doctor` shows what it finds. */
import { expect, it } from 'vitest';
import { configOf, project } from './project.ts';

it('has its columns below each other, however long the name of a service is', async () => {
  const services = { web_features_mappings_of_ours: {}, shop: {} };
  const [long, short] = Object.keys(services);
  const fields = { columns: { id: 'bigint' }, primary_key: ['id'] };
  const { jobs } = JSON.parse(configOf({ one: { ...fields, service: long }, two: { ...fields, service: short } }));
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ services, jobs }) });
  const lines = (await here.run(['doctor'])).stdout.trimEnd().split('\n');
  expect(lines).toContain(`ok    ${long}  1 job`);
  expect(lines).toContain(`ok    ${short}${' '.repeat(25)}  1 job`);
  expect(lines.filter((line) => line.slice(35, 37) !== '  ' || line[37] === ' ')).toEqual([]);
});
