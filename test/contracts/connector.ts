/**
 * The promises of `connectors/_kit/contract.ts`, as checks that every stream of every connector must pass. They are
 * data, so that a test can also show that a broken connector fails them.
 */
import assert from 'node:assert/strict';
import { type Connector, type ConnectorTemplate, isTemplate, type Stream } from '@tidemill/kit';
import { describe, it } from 'vitest';
import { loadConnector } from '../../orchestrator/run/extract/connector.ts';
import { streamOf } from '../../orchestrator/run/extract/job-stream.ts';
import { identityChecks } from './connector-identity.ts';
import { runChecks } from './connector-runs.ts';
import { type ConnectorTrial, jobOfTrial, onTrial, type Subject } from './connector-trial.ts';
import { LIMIT_MILLISECONDS } from './limit.ts';

export type { ConnectorTrial, SourceFake } from './connector-trial.ts';

export interface ConnectorCheck {
  readonly promise: string;
  readonly concerns: (subject: Subject) => boolean;
  readonly run: (subject: Subject) => Promise<void>;
}

export const connectorChecks: readonly ConnectorCheck[] = [
  ...identityChecks.map(({ promise, run }) => ({
    promise,
    concerns: () => true,
    run: async (subject: Subject) => run(subject),
  })),
  ...runChecks.map(({ promise, concerns = () => true, run }) => ({
    promise,
    concerns,
    run: (subject: Subject) => onTrial(subject, (trial) => run(trial, subject)),
  })),
];

/** The connector's streams, each with its trial. Throws when a stream has none, or a trial no stream. */
export async function subjectsOf<Contents>(trial: ConnectorTrial<Contents>): Promise<Subject[]> {
  const { default: connector } = (await import(trial.module.href)) as { default: Connector | ConnectorTemplate };
  if (isTemplate(connector)) return openSubjectsOf(trial);
  const names = connector.streams.map(({ name }) => name);
  assert.deepEqual(Object.keys(trial.streams).sort(), [...names].sort(), 'every stream has one trial');
  return connector.streams.map((stream: Stream) => {
    const { [stream.name]: own } = trial.streams;
    assert(own !== undefined);
    return { module: trial.module, connector, stream, trial: own, open: () => trial.open() };
  });
}

/** Of a template, for one service: each trial is a job of it. */
async function openSubjectsOf<Contents>({
  module,
  service,
  streams,
  open,
}: ConnectorTrial<Contents>): Promise<Subject[]> {
  assert(service !== undefined, 'the trial of a template says which service it makes a connector for');
  const { name, options } = service;
  const connector = await loadConnector({ name, options, package: module.href });
  return Object.entries(streams).map(([dataType, trial]) => {
    const stream = streamOf(connector, jobOfTrial(name, dataType, trial));
    return { module, options, connector, stream, trial, open: () => open() };
  });
}

/** Holds every stream of a connector to the contract; called at the top level of its test, with `await`. */
export async function connectorContract<Contents>(name: string, trial: ConnectorTrial<Contents>): Promise<void> {
  for (const subject of await subjectsOf(trial)) {
    describe(`${name}: ${subject.stream.name} keeps the connector contract`, () => {
      for (const { promise, run } of connectorChecks.filter(({ concerns }) => concerns(subject))) {
        it(promise, () => run(subject), LIMIT_MILLISECONDS);
      }
    });
  }
}
