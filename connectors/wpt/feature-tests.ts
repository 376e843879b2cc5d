import { publishedFile, stream } from '@tidemill/kit';
import { type FeatureTests, MANIFEST_NAME, manifestIn, readManifest } from './results.ts';
import { FeatureTest, FeatureTestRow, ReleaseOptions } from './schema.ts';
import { isCounted } from './scores.ts';

const manifest = publishedFile<FeatureTests, ReleaseOptions>({
  name: MANIFEST_NAME,
  in: ({ options, credentials }) => manifestIn(options.release, credentials),
  read: readManifest,
});

export const featureTests = stream({
  ...manifest(function* (features) {
    // A path that is named twice is one test.
    for (const [feature, tests] of Object.entries(features)) for (const test of new Set(tests)) yield { feature, test };
  }),
  name: 'feature_tests',
  description: 'Which tests of web-platform-tests are of which feature of the web platform.',
  source: FeatureTest,
  row: FeatureTestRow,
  key: ['feature_id', 'test'],
  indexes: ['test'],
  options: ReleaseOptions,
  examples: [
    {
      question: 'Which features have the most tests?',
      sql: `SELECT feature_id, count(*) AS tests
FROM wpt.feature_tests
WHERE is_counted
GROUP BY feature_id
ORDER BY tests DESC, feature_id
LIMIT 10`,
    },
  ],
  toRow: ({ feature, test }) => ({ feature_id: feature, test, is_counted: isCounted(test) }),
});
