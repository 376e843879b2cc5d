/**
 * What every service with an account promises, on top of the connector contract. A service's test hands over a fake of
 * the vendor and, for each stream, what the account holds in each case.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { tokensOf } from '@tidemill/kit';
import { describe, it, type TaskMeta } from 'vitest';
import { connectorChecks, subjectsOf } from './connector.ts';
import { isThorough } from './effort.ts';
import { LIMIT_MILLISECONDS } from './limit.ts';
import { serviceChecks } from './service-checks.ts';
import { type Cell, type PromiseName, promises } from './service-promises.ts';
import { Leaks } from './service-secrets.ts';
import type { ServiceSubject, ServiceTrial } from './service-subject.ts';

export type * from './service-subject.ts';

/** Holds every stream of a service to both contracts; called at the top level of its test, with `await`. */
export async function serviceContract<Contents>(service: string, trial: ServiceTrial<Contents>): Promise<void> {
  for (const subject of await serviceSubjectsOf(trial)) {
    const { stream } = subject;
    if (subject.trial.many === undefined && !isThorough) continue;
    describe(`${service}: ${stream.name} keeps the contract of connectors and services`, () => {
      for (const { promise, reason, run } of checksOf(subject)) {
        if (promise === promises.many && !isThorough) continue;
        const name = reason === undefined ? promise : `says in the README why it cannot keep: ${promise}`;
        const cell: Cell = { service, stream: stream.name, promise, reason };
        it(name, { meta: { cell } as TaskMeta, timeout: LIMIT_MILLISECONDS }, () => run());
      }
    });
  }
}

/** The service's streams, each with its trial. Throws when a trial leaves a promise open. */
export async function serviceSubjectsOf<Contents>(trial: ServiceTrial<Contents>): Promise<ServiceSubject[]> {
  const streams = Object.entries(trial.streams).map(([name, own]) => {
    return [name, { ...own, later: own.news, malformed: own.retyped }] as const;
  });
  const subjects = (await subjectsOf({ ...trial, streams: Object.fromEntries(streams) })) as ServiceSubject[];
  for (const subject of subjects)
    assert.deepEqual(leftOpen(subject), [], `${subject.stream.name} leaves promises open`);
  const largest = subjects.filter(({ trial: { many } }) => many !== undefined);
  assert.equal(largest.length, 1, 'one stream, the largest, says what `many` records are');
  return subjects;
}

/** Promises that a trial says nothing about, or two things. */
export function leftOpen({ connector, trial }: Pick<ServiceSubject, 'connector' | 'trial'>): PromiseName[] {
  const isTried = {
    late: trial.late !== undefined,
    edited: trial.edited !== undefined,
    deleted: trial.deleted !== undefined,
    'killed-midway': trial.paged !== undefined,
    'expired-token': tokensOf(connector) !== undefined,
  };
  const names = Object.keys(isTried) as (keyof typeof isTried)[];
  return names.filter((name) => isTried[name] === (trial.cannot?.[name] !== undefined));
}

/** A check, or the look into the README that takes its place. */
export interface CheckToRun {
  readonly promise: string;
  readonly reason: string | undefined;
  readonly run: () => Promise<void>;
}

/** What the stream is held to; the last one looks for secrets in what all the others have left behind. */
export function checksOf(subject: ServiceSubject): CheckToRun[] {
  const leaks = new Leaks();
  const ofConnectors = connectorChecks
    .filter(({ concerns }) => concerns(subject))
    .map(({ promise, run }) => ({ promise, run: () => run(subject) }));
  const ofServices = serviceChecks
    .filter(({ concerns = () => true }) => concerns(subject))
    .map(({ promise, run }) => ({ promise: promises[promise], run: () => run(subject, leaks) }));
  const impossible = Object.entries(subject.trial.cannot ?? {}) as [PromiseName, string][];
  const reasons = new Map<string, string>(impossible.map(([name, reason]) => [promises[name], reason]));
  return [...ofConnectors, ...ofServices].map(({ promise, run }) => {
    const reason = reasons.get(promise);
    return { promise, reason, run: reason === undefined ? run : () => saysSo(subject, reason) };
  });
}

/** Whoever reads the README learns what they cannot have. */
async function saysSo({ module }: ServiceSubject, reason: string): Promise<void> {
  const inOneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
  const readme = await readFile(new URL('README.md', module), 'utf8');
  assert(inOneLine(readme).includes(inOneLine(reason)), `the README does not say: ${reason}`);
}
