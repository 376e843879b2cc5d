/** Events of legs that somebody at the other end of the network is told of, by the workflow as it is generated. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeWebhook, startWebhook, WEBHOOK_SECRET } from '../../fakes/webhook.ts';
import { bodyFaults } from '../../fixtures/published.ts';
import { generatedFor, makeRepository } from '../repository.ts';
import { brokenRules } from '../rules.ts';
import { logOf, prints, resultsOf, run, shop } from '../scenario.ts';

let webhook: FakeWebhook;

beforeEach(async () => {
  webhook = await startWebhook();
});
afterEach(() => webhook.http.close());

it.each(['per_job', 'single'])(
  'with legs: %s, what a leg could not send the report sends, signed with the secret of the environment',
  async (legs) => {
    // A request, and two more tries: the leg then asks no more.
    let asked = 0;
    webhook.answer = () => (++asked <= 3 ? { status: 503 } : undefined);
    const folder = await mkdtemp(join(tmpdir(), 'tidemill-events-'));
    const dev = { bucket: join(folder, 'bucket'), warehouse: join(folder, 'silver.duckdb'), events: [webhook.url] };
    const repository = await makeRepository({
      ...{ global: { legs }, environments: { dev } },
      jobs: { orders: shop('orders', prints(1)) },
    });
    const workflow = await generatedFor(repository, 'data-ingestion-orchestrator.yaml');
    expect(brokenRules(workflow)).toEqual([]);
    // Whoever receives refuses what was not signed just now.
    const ran = await run(repository, new Date().toISOString().replace(/\.\d+/, ''), {
      workflow,
      event: { name: 'workflow_dispatch', inputs: { job: 'orders' } },
      secrets: { values: {}, environments: { dev: { EVENTS_WEBHOOK_SECRET: WEBHOOK_SECRET } } },
    });
    expect(new Set(Object.values(resultsOf(ran))), logOf(ran)).toEqual(new Set(['success']));
    expect(webhook.events.map(({ data }) => data.event_type)).toEqual([
      'run-started',
      'package-committed',
      'run-completed',
    ]);
    expect(webhook.events.flatMap(({ data }) => bodyFaults(data))).toEqual([]);
    expect(logOf(ran)).not.toContain(WEBHOOK_SECRET);
  },
);
