import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { ownedVariables, withheldFrom } from '../../orchestrator/app/leg-secrets.ts';
import { openSession } from '../../orchestrator/app/session.ts';
import { ownersText } from '../../orchestrator/config/owned-variables.ts';
import { secretsIn } from '../../scripts/documents/workflow.ts';
import { hostWith } from './host.ts';

const job = (service: string, dependencies: readonly string[]): object => {
  return { service, data_type: 'things', command: 'x', dependencies };
};

async function withheld(services: readonly string[], jobs: object, env: Readonly<Record<string, string>> = {}) {
  const host = { ...hostWith({ environments: { local: { bucket: 's3://bucket' } }, jobs }), env };
  const session = await openSession(host, {});
  return withheldFrom(services, await ownedVariables(session), session);
}

const TOLD = 'TIDEMILL_SECRETS_OF';

it('a process is kept from what belongs to others, and from the list of whose it is', async () => {
  const jobs = { a: job('a', ['A', 'BOTH']), b: job('b', ['B', 'BOTH']) };
  expect(await withheld(['a'], jobs)).toEqual([TOLD, 'B']);
  expect(await withheld(['c'], jobs)).toEqual([TOLD, 'A', 'BOTH', 'B']);
});

it('what the drivers of the environment read goes to all, and so does what any program needs', async () => {
  const jobs = { a: job('a', ['AWS_ACCESS_KEY_ID', 'AWS_REGION', 'PATH', 'GITHUB_SHA', 'GCS_SERVICE_ACCOUNT_KEY']) };
  expect(await withheld(['b'], jobs)).toEqual([TOLD, 'GCS_SERVICE_ACCOUNT_KEY']);
});

it('what a runner says of itself goes to all, and what only begins as that does to its service', async () => {
  const jobs = { a: job('a', ['RUNNER_TEMP', 'RUNNER_API_KEY', 'RUNNER_OS', 'RUNNER_OS_TOKEN']) };
  expect(await withheld(['b'], jobs)).toEqual([TOLD, 'RUNNER_API_KEY', 'RUNNER_OS_TOKEN']);
});

it('what a workflow was generated with belongs to its service also where the configuration has changed since', async () => {
  const told = ownersText([{ name: 'OLD', services: ['a', 'b'] }]).join(' ');
  expect(await withheld(['c'], { a: job('a', []) }, { [TOLD]: told })).toEqual([TOLD, 'OLD']);
  expect(await withheld(['b'], { a: job('a', []) }, { [TOLD]: told })).toEqual([TOLD]);
});

it('a process of two services, which no plan makes where one has secrets, has those alone that both may see', async () => {
  const jobs = { a: job('a', ['A', 'BOTH']), b: job('b', ['B', 'BOTH']) };
  expect(await withheld(['a', 'b'], jobs)).toEqual([TOLD, 'A', 'B']);
});

it('of the services of this repository, each has all that the workflow is generated to give it, and nothing else', async () => {
  const cwd = resolve(import.meta.dirname, '../..');
  const files = { isFile: existsSync, readFile: (path: string) => readFileSync(path, 'utf8') };
  const session = await openSession({ ...hostWith({ jobs: { a: job('a', []) } }), cwd, ...files }, {});
  const secrets = (await secretsIn(cwd)).filter(({ services }) =>
    services.some((name) => session.config.services.has(name)),
  );
  expect(secrets.length).toBeGreaterThan(10);
  const owned = await ownedVariables(session);
  for (const service of session.config.services.keys()) {
    const foreign = secrets.filter(({ services }) => !services.includes(service)).map(({ name }) => name);
    expect(withheldFrom([service], owned, session).slice(1).sort(), service).toEqual(foreign.sort());
  }
});
