/** Which connectors there are, by what their packages say: nobody has to install one to choose it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { neededBy } from '@tidemill/kit/credentials';
import { Declaration, StartingJobs } from '@tidemill/kit/manifest';
import { z } from 'zod';
import type { Config } from '../config/job.ts';

/** Where they say so: in a package beside the code, in the sources where they lie. */
const HOMES = [join(import.meta.dirname, '../connectors'), join(import.meta.dirname, '../../connectors')];

const Package = z.object({
  name: z.string(),
  description: z.string().default(''),
  tidemill: z.object({ jobs: StartingJobs.default({}) }),
});

export interface KnownConnector {
  readonly service: string;
  /** Its npm package. */
  readonly package: string;
  readonly description: string;
  readonly declaration: Declaration;
  /** Jobs to begin with, by data type. */
  readonly jobs: StartingJobs;
  /** The package that a person's sign-in needs, and no leg. */
  readonly signIn: string | undefined;
}

export function knownConnectors(): KnownConnector[] {
  const home = HOMES.find((folder) => existsSync(folder));
  if (home === undefined) throw new Error(`The connectors are in none of ${HOMES.join(', ')}`);
  const folders = readdirSync(home, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) => connectorIn(home, name)).sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** None where the package is no connector, as the kit is not, or a template, which has no jobs to begin with. */
function connectorIn(home: string, service: string): KnownConnector[] {
  const manifest = manifestIn(join(home, service));
  const says = manifest?.['tidemill'];
  if (typeof says !== 'object' || says === null || 'template' in says) return [];
  const { name, description, tidemill } = Package.parse(manifest);
  const declaration = Declaration.parse(says);
  const signIn = manifestIn(join(home, service, 'sign-in'))?.['name'];
  return [
    {
      ...{ service, package: name, description, declaration, jobs: tidemill.jobs },
      signIn: typeof signIn === 'string' ? signIn : undefined,
    },
  ];
}

function manifestIn(folder: string): Readonly<Record<string, unknown>> | undefined {
  const file = join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : undefined;
}

/** Whether a job of it runs without an account. */
export const isPublic = ({ declaration }: KnownConnector): boolean => neededBy(declaration).length === 0;

/** Those that jobs of a configuration run: under their own names and packages, and with no program in their place. */
export const usedBy = ({ jobs, services }: Config, connectors: readonly KnownConnector[]): KnownConnector[] =>
  connectors.filter(
    (known) =>
      services.get(known.service)?.package === known.package &&
      jobs.some(({ service, command }) => service === known.service && command === undefined),
  );
