/** The tables of drivers and of the variables they read, from their manifests. */
import { join } from 'node:path';
import { driversAt } from '../../orchestrator/drivers/find.ts';
import type { Driver } from '../../orchestrator/drivers/manifest.ts';
import type { GeneratedDocument } from './document.ts';
import { code, marked, table } from './markdown.ts';

export async function driverDocuments(root: string): Promise<GeneratedDocument[]> {
  const drivers = driversAt(join(root, 'orchestrator')).own();
  const places = drivers.map((driver) => [locationOf(driver), driver.kind, driver.description, code(driver.package)]);
  const variables = drivers.flatMap((driver) => [
    ...driver.credentials.map(({ name, description }) => [code(name), locationOf(driver), 'secret', description]),
    ...driver.settings.map(({ name, description, use }) => {
      return [code(name), locationOf(driver), use === 'here' ? '–' : 'variable', description];
    }),
  ]);
  const contents = [
    table(['location', 'kind', 'what it is', 'npm package'], places),
    table(['variable', 'read for', 'on GitHub', 'what it says'], variables),
  ];
  return [await marked(root, 'docs/operations.md', 'drivers', contents.join('\n\n'))];
}

const locationOf = ({ schemes, location }: Driver): string => (schemes.length > 0 ? code(location) : location);
