import { jsonFile, publishedFile, stream } from '@tidemill/kit';
import { SignalRecord, Signals, VotesRow } from './schema.ts';

const file = publishedFile({
  path: 'web-features-signals.json',
  name: 'web-features-signals.json',
  types: ['application/json'],
  read: jsonFile(Signals),
});

export const votes = stream({
  ...file((signals) => Object.entries(signals).map(([feature, signal]) => ({ feature, signal }))),
  name: 'votes',
  description: 'How many developers want which feature of the web platform.',
  source: SignalRecord,
  row: VotesRow,
  key: ['feature_id'],
  examples: [
    {
      question: 'Which features are wanted most?',
      sql: `SELECT feature_id, votes, url
FROM developer_signals.votes
ORDER BY votes DESC, feature_id
LIMIT 10`,
    },
  ],
  toRow: ({ feature, signal: { votes, url } }) => ({ feature_id: feature, votes, url }),
});
