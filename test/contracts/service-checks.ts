/** What a service promises beyond the connector contract: checks through the real pipeline against the vendor's fake. */
import assert from 'node:assert/strict';
import type { JobResult } from '../../orchestrator/result/result.ts';
import { assertRed } from './connector-crawls.ts';
import { onTrial, type RunOptions, type Trial } from './connector-trial.ts';
import { flatMemory } from './service-memory.ts';
import type { PromiseName } from './service-promises.ts';
import type { Leaks } from './service-secrets.ts';
import type { Disturbance, ServiceFake, ServiceSubject } from './service-subject.ts';

export interface ServiceCheck {
  readonly promise: PromiseName;
  /** Streams it says nothing about are left out. */
  readonly concerns?: (subject: ServiceSubject) => boolean;
  readonly run: (subject: ServiceSubject, leaks: Leaks) => Promise<void>;
}

/** A trial of its own, with the source it is about. */
interface Scene {
  readonly subject: ServiceSubject;
  readonly trial: Trial;
  readonly source: ServiceFake<unknown>;
}

/** What a reading without trouble comes to. */
interface Course {
  readonly rows: readonly string[];
  readonly requests: number;
  readonly reports: number;
}

/** Processes killed while they read the news; every one costs a whole trial. */
const DEATHS = 3;

const changed = ({ totals: { inserted, updated, deleted } }: JobResult): number => inserted + updated + deleted;

/** Runs the check with a trial of its own and looks through what it leaves behind. */
async function inScene(subject: ServiceSubject, leaks: Leaks, check: (scene: Scene) => Promise<void>): Promise<void> {
  let source: ServiceFake<unknown> | undefined;
  const open = async (): Promise<ServiceFake<unknown>> => {
    source = await subject.open();
    return source;
  };
  await onTrial({ ...subject, open }, async (trial) => {
    assert(source !== undefined);
    await check({ subject, trial, source });
    await leaks.scan(trial, source.secrets);
  });
}

const scene =
  (check: (scene: Scene) => Promise<void>): ServiceCheck['run'] =>
  (subject, leaks) =>
    inScene(subject, leaks, check);

/** A run that must end well, and what it came to. */
async function courseOf({ trial, source }: Scene, options: RunOptions = {}): Promise<Course> {
  const before = source.requests;
  await trial.runs(options);
  return { rows: await trial.rows(), requests: source.requests - before, reports: trial.reports };
}

type Expectation = 'late' | 'edited' | 'deleted';

/** What the second run has to find of what happened to the account meanwhile. */
const meanwhile = (promise: Expectation): ServiceCheck => ({
  promise,
  run: scene(async ({ trial, subject: { trial: streamTrial } }) => {
    const expected = streamTrial[promise];
    assert(expected !== undefined, `the trial does not say what is ${promise}`);
    await trial.publish(streamTrial.first.contents);
    await trial.runs();
    const before = await trial.rows();
    await trial.publish(expected.contents);
    assert.notEqual(changed(await trial.runs({ at: 'later' })), 0, 'nothing was inserted, updated or deleted');
    const found = await trial.rows();
    assert.equal(found.length, expected.rows, 'rows');
    assert.notDeepEqual(found, before);
  }),
});

/** The service answers so once, in the middle of the first run. */
const disturbed = (promise: PromiseName, status: number, mayGiveUp: boolean): ServiceCheck => ({
  promise,
  run: async (subject, leaks) => {
    let calm: Course | undefined;
    const { contents } = subject.trial.first;
    await inScene(subject, leaks, async (scene) => {
      await scene.trial.publish(contents);
      calm = await courseOf(scene);
    });
    await inScene(subject, leaks, async ({ trial, source }) => {
      assert(calm !== undefined);
      await trial.publish(contents);
      source.disturb({ after: Math.floor(calm.requests / 2), status });
      const { result, failure } = await trial.run();
      const ending = `${result} ${failure?.code ?? ''}: ${failure?.message ?? ''}`;
      assert(source.requests > Math.floor(calm.requests / 2), 'the disturbance came to nobody');
      const gaveUp = mayGiveUp && failure?.kind === 'quota';
      assert(result === 'done' || gaveUp, ending);
      if (gaveUp) await trial.runs({ at: 'later' });
      assert.deepEqual(await trial.rows(), calm.rows);
    });
  },
});

type Answer = Omit<Disturbance, 'after' | 'times'>;

const ALWAYS = Number.MAX_SAFE_INTEGER;

/** None of these answers is data, and none says that there is none: were one taken for that, what was there would be missed. */
const nowhere = (promise: PromiseName, answers: readonly Answer[]): ServiceCheck => ({
  promise,
  run: scene(async ({ trial, source, subject }) => {
    const { trial: streamTrial } = subject;
    await trial.publish(streamTrial.first.contents);
    await trial.runs();
    const before = [await trial.storedCursor(), await trial.rows()];
    await trial.publish(streamTrial.news.contents);
    for (const answer of answers) {
      source.disturb({ ...answer, after: 0, times: ALWAYS });
      assertRed(await trial.run({ at: 'later' }), subject, `everything is ${answer.status}`);
      assert.deepEqual([await trial.storedCursor(), await trial.rows()], before);
    }
    source.disturb({ after: 0, status: 200, times: 0 });
    await trial.runs({ at: 'later' });
    assert.equal(await trial.count(), streamTrial.news.rows, 'rows when the addresses are back');
  }),
});

const LOGIN_PAGE: Answer = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=UTF-8' },
  body: '<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>',
};

export const serviceChecks: readonly ServiceCheck[] = [
  meanwhile('late'),
  meanwhile('edited'),
  meanwhile('deleted'),
  // Waits of a minute and more end the run: the next one goes on.
  disturbed('rate-limited', 429, true),
  disturbed('unavailable', 500, false),
  nowhere('moved', [{ status: 404 }, { status: 410 }, LOGIN_PAGE]),
  nowhere('blank', [{ status: 200, headers: { 'content-type': 'application/json' }, body: '' }]),
  {
    promise: 'expired-token',
    run: async (subject, leaks) => {
      const { first, news } = subject.trial;
      let calm: Course | undefined;
      await inScene(subject, leaks, async (scene) => {
        await scene.trial.publish(first.contents);
        await scene.trial.runs();
        await scene.trial.publish(news.contents);
        calm = await courseOf(scene, { at: 'later', tokens: 'kept' });
      });
      await inScene(subject, leaks, async (scene) => {
        await scene.trial.publish(first.contents);
        await scene.trial.runs();
        await scene.trial.publish(news.contents);
        scene.source.expireTokens();
        const { rows, requests } = await courseOf(scene, { at: 'later', tokens: 'kept' });
        assert.deepEqual(rows, calm?.rows);
        assert.equal(requests, (calm?.requests ?? 0) + 1, 'one request is refused, and asked again');
      });
    },
  },
  {
    promise: 'revoked-token',
    run: scene(async ({ trial, source, subject: { connector, trial: streamTrial } }) => {
      await trial.publish(streamTrial.first.contents);
      await trial.runs();
      const before = await trial.rows();
      await trial.publish(streamTrial.news.contents);
      source.revokeTokens();
      const { result, failure } = await trial.run({ at: 'later' });
      assert.equal(result, 'failed');
      assert.equal(failure?.kind, 'auth', `kind of ${failure?.code}`);
      assert.match(
        `${failure.hint}`,
        new RegExp(`npx tidemill auth ${connector.service}\\b`),
        'the hint names no remedy',
      );
      assert.deepEqual(await trial.rows(), before);
      trial.renewCredentials();
      await trial.runs({ at: 'later' });
      assert.equal((await trial.rows()).length, streamTrial.news.rows, 'rows after signing in again');
    }),
  },
  {
    promise: 'killed-with-news',
    run: async (subject, leaks) => {
      const { first, news } = subject.trial;
      const begin = async ({ trial }: Scene): Promise<void> => {
        await trial.publish(first.contents);
        await trial.runs();
        await trial.publish(news.contents);
      };
      let calm: Course | undefined;
      await inScene(subject, leaks, async (scene) => {
        await begin(scene);
        calm = await courseOf(scene, { at: 'later' });
      });
      const reports = calm?.reports ?? 0;
      for (const diesAt of new Set(
        Array.from({ length: DEATHS }, (_, death) => Math.ceil((reports * (death + 1)) / (DEATHS + 1))),
      )) {
        await inScene(subject, leaks, async (scene) => {
          await begin(scene);
          await scene.trial.run({ at: 'later', diesAt });
          await scene.trial.runs({ at: 'later' });
          assert.deepEqual(await scene.trial.rows(), calm?.rows, `killed at progress ${diesAt} of ${reports}`);
        });
      }
    },
  },
  {
    promise: 'field-missing',
    run: scene(async ({ trial, subject }) => {
      const { without } = subject.trial;
      await trial.publish(without.contents);
      const { totals } = await trial.runs();
      assert.equal((await trial.rows()).length, without.rows, `rows; ${totals.rejected} records were rejected`);
    }),
  },
  {
    promise: 'empty',
    run: scene(async ({ trial, subject }) => {
      const { empty } = subject.trial;
      await trial.publish(empty.contents);
      for (const at of ['first', 'later'] as const) {
        await trial.runs({ at });
        assert.equal(await trial.count(), empty.rows, 'rows');
      }
    }),
  },
  {
    promise: 'many',
    concerns: ({ trial }) => trial.many !== undefined,
    run: (subject) => flatMemory(subject),
  },
  {
    promise: 'secrets',
    // The last one: it looks at what all the others have left behind, and at a run in which everything goes wrong.
    run: async (subject, leaks) => {
      await inScene(subject, leaks, async ({ trial, source }) => {
        await trial.publish(subject.trial.retyped.contents);
        await trial.runs();
        source.disturb({ after: 0, status: 400, times: 3 });
        await trial.run({ at: 'later', mode: 'full' });
        source.revokeTokens();
        await trial.run({ at: 'later' });
      });
      assert.notEqual(leaks.texts, 0);
      assert.deepEqual(leaks.found, []);
    },
  },
];
