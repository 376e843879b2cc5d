/** Services of the file with everything that their entries leave unsaid. */
import { resolve } from 'node:path';
import type { Service, Setup } from './job.ts';
import { type MainFile, type Service as ServiceEntry, serviceDefaults } from './schema.ts';

/** `folder` is what relative paths start from. */
export function servicesOf(main: MainFile, folder: string, names: ReadonlySet<string>): Map<string, Service> {
  const services = [...names].map((name): [string, Service] => {
    const entry = main.services?.[name] ?? serviceDefaults;
    const { package: named, options, base_url, auth_url, serial } = entry;
    const setup = setupOf(name, entry, folder);
    const own = { name, package: named ?? `@tidemill/${name}`, options, base_url, auth_url, serial, setup };
    return [
      name,
      { ...own, ...(entry.command === undefined ? {} : { command: entry.command, program_package: named }) },
    ];
  });
  return new Map(services);
}

function setupOf(name: string, { setup, base_path }: ServiceEntry, folder: string): Setup | undefined {
  if (setup === undefined) return undefined;
  const base = resolve(folder, base_path);
  const { python, node, run } = setup;
  return {
    folder: base,
    environment: resolve(folder, '.tidemill', 'setup', name),
    ...(python === undefined ? {} : { python: typeof python === 'string' ? resolve(base, python) : python }),
    ...(node === undefined ? {} : { node: resolve(base, node) }),
    ...(run === undefined ? {} : { run }),
  };
}
