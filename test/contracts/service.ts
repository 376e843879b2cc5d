/**
 * What every service with an account promises, on top of the connector contract. A service's test hands over a fake of
 * the vendor and, for each stream, what the account holds in each case.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { tokensOf } from '@tidemill/kit';
import { describe, it } from 'vitest';
import { connectorChecks, subjectsOf } from './connector.ts';
import type { Expected, SourceFake, StreamTrial, Subject } from './connector-trial.ts';
import { isThorough } from './effort.ts';
import { serviceChecks } from './service-checks.ts';
import { type Cell, type PromiseName, promises } from './service-promises.ts';
import { Leaks } from './service-secrets.ts';

/**
 * An answer that is none. Without headers and body the fake answers as the vendor does with this status: its body, and
 * the headers that say how long to wait.
 */
export interface Disturbance {
  /** Data requests, counted from now, that are still answered well. */
  readonly after: number;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How many requests get it, one after the other; 1 if not given. */
  readonly times?: number;
}

/** The vendor, written from its specification: strict about parameters, with tokens that expire. */
export interface ServiceFake<Contents> extends SourceFake<Contents> {
  /** Values the fake accepts, by the connector's credential names. After `revokeTokens` a new seed is among them. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Data requests answered so far, refusals and disturbances among them; token requests are none. */
  readonly requests: number;
  /** Every secret and token that ever existed in this fake. */
  readonly secrets: readonly string[];
  disturb(disturbance: Disturbance): void;
  /** Every access token handed out so far is refused from now on. */
  expireTokens(): void;
  /** The refresh token (where there is one) and all access tokens are refused for good. */
  revokeTokens(): void;
}

/** `later` and `malformed` of the connector contract are `news` and `retyped` here. */
export interface ServiceStreamTrial<Contents> extends Omit<StreamTrial<Contents>, 'later' | 'malformed'> {
  /** `first` and something newer. */
  readonly news: Expected<Contents>;
  /** `first` and a record that appears with the second run although its date is before the first. */
  readonly late?: Expected<Contents>;
  /** `first` with another value in one row; as many rows. */
  readonly edited?: Expected<Contents>;
  /** `first` without one row. */
  readonly deleted?: Expected<Contents>;
  /** A new account. */
  readonly empty: Expected<Contents>;
  /** `first` with a record that lacks a field. `rows` counts it if the schema tolerates that. */
  readonly without: Expected<Contents>;
  /** `first` with a record in which a field is of another type. `rows` counts the others. */
  readonly retyped: Expected<Contents>;
  /** So many records, made by the fake as they are asked for. Given for the service's largest stream, and only there. */
  many?(records: number): Expected<Contents>;
  /** Promises that the vendor makes impossible, each with the sentence that the connector's README says about it. */
  readonly cannot?: Partial<Readonly<Record<PromiseName, string>>>;
}

export interface ServiceTrial<Contents = unknown> {
  /** The connector's `index.ts`. */
  readonly module: URL;
  /** A new account that holds nothing yet. */
  open(): Promise<ServiceFake<Contents>>;
  /** By data type: every stream has one. */
  readonly streams: Readonly<Record<string, ServiceStreamTrial<Contents>>>;
}

/** What a check of a service is given. */
export interface ServiceSubject extends Subject {
  readonly trial: ServiceStreamTrial<unknown> & StreamTrial<unknown>;
  readonly open: () => Promise<ServiceFake<unknown>>;
}

/** Of one check: 100,000 records on a busy machine take their time. */
const LIMIT_MS = 240_000;

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
        it(name, { meta: { cell }, timeout: LIMIT_MS }, () => run());
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
