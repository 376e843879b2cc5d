/** Names of the kinds of published events, without what they say: a configuration is read by them. */
export const eventKinds = [
  'run-started',
  'run-completed',
  'run-failed',
  'package-committed',
  'data-changed',
  'schema-drift',
  'gate-failed',
  'crawl-triggered',
  'data-ingestion-completed',
  'crawl-failed',
] as const;

export type EventKind = (typeof eventKinds)[number];
