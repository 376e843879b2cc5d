import { describe, expect, it } from 'vitest';
import { load, told } from '../../test/fixtures/config.ts';

const JOBS = `jobs:
  shop_orders: { service: shop, data_type: orders }
  shop_returns: { service: shop, data_type: returns }
  weather: { service: sky, data_type: weather }
`;
const config = (events: string): string => `environments:\n  local:\n    events: ${events}\n${JOBS}`;
const listeners = (events: string) => load(config(events)).environments.get('local')?.events ?? [];
const faults = (events: string): string[] => told(config(events));

describe('who is told of events', () => {
  it('are locations, or mappings that say which kinds and which jobs', () => {
    const text = `
      - file:/var/log/events.ndjson
      - { to: "pubsub://my-project/shop", name: bus, kinds: ["run-*", schema-drift], jobs: ["service:shop", weather] }`;
    expect(listeners(text)).toEqual([
      {
        name: expect.stringMatching(/^file-[0-9a-f]{10}$/),
        to: 'file:///var/log/events.ndjson',
        kinds: [],
        jobs: undefined,
      },
      {
        name: 'bus',
        to: 'pubsub://my-project/shop',
        kinds: ['run-*', 'schema-drift'],
        jobs: ['shop_orders', 'shop_returns', 'weather'],
      },
    ]);
  });

  it('are nobody where the list is empty, and nobody in other environments that do not say', () => {
    expect(listeners('[]')).toEqual([]);
    expect(
      load(`environments: { dev: { bucket: "gs://my-bucket" } }\n${JOBS}`).environments.get('dev')?.events,
    ).toEqual([]);
  });

  it('have names without what their locations hold, which stay when a project moves', () => {
    const [{ name } = { name: '' }] = listeners('["https://example.org/hooks/t0ken"]');
    expect(name).toMatch(/^https-[0-9a-f]{10}$/);
    expect(listeners('["file:a.ndjson"]')[0]).toMatchObject({ to: 'file:///project/a.ndjson' });
    expect(listeners('["file:a.ndjson"]')[0]?.name).not.toBe(listeners('["file:b.ndjson"]')[0]?.name);
  });

  it('are drivers that a word names, and go by that word', () => {
    expect(listeners('[pubsub]')).toMatchObject([{ name: 'pubsub', to: 'pubsub' }]);
  });

  it.each([
    ['["memo://a"]', /^3:14 environments\.local\.events\[0\]: expected .*file:events\.ndjson/],
    ['["file:"]', /environments\.local\.events\[0\]: expected/],
    ['["pubsub", "pubsub"]', /^3:24 environments\.local\.events\[1\]: "pubsub-\w+" is there already|is there already/],
    ['[{ to: pubsub, name: a }, { to: "file:b", name: a }]', /"a" is there already/],
    ['[{ to: pubsub, kinds: [run-ended] }]', /kinds\[0\]: expected a pattern that some kind of events fits/],
    ['[{ to: pubsub, kinds: [] }]', /kinds: expected at least 1/],
    ['[{ to: pubsub, jobs: [shop_order] }]', /there is no job "shop_order"/],
    ['[{ to: pubsub, jobs: ["x*"] }]', /no job matches "x\*"/],
    ['[{ to: pubsub, job: weather }]', /unknown key "job"/],
    ['[{ kinds: [run-failed] }]', /to/],
  ])('are refused: %s', (events, complaint) => expect(faults(events).join('\n')).toMatch(complaint));
});
