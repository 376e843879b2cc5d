import { publishedFile, stream } from '@tidemill/kit';
import { readEnums, WEB_FEATURES } from './enums-xml.ts';
import { EnumValueRecord, EnumValueRow } from './schema.ts';

const file = publishedFile({
  path: 'enums.xml?format=TEXT',
  name: 'enums.xml.base64',
  types: ['text/plain'],
  read: readEnums,
});

/** What the buckets of every use counter begin with: visits of pages, and no feature. */
const PAGE_VISITS = '0';

export const enumValues = stream({
  ...file((values) => values),
  name: 'enum_values',
  description: 'Values of the enums that histograms of Blink are counted by.',
  source: EnumValueRecord,
  row: EnumValueRow,
  key: ['enum', 'value'],
  examples: [
    {
      question: 'Which web features does Chrome count?',
      sql: `SELECT value, label
FROM chromium_enums.enum_values
WHERE enum = 'WebDXFeatureObserver' AND state = 'live' AND feature_match IS NOT NULL
ORDER BY value`,
    },
  ],
  toRow: ({ enum: name, value, label }) => ({
    enum: name,
    value: BigInt(value),
    label,
    state: stateOf(label),
    feature_match: name === WEB_FEATURES && value !== PAGE_VISITS ? featureMatch(label) : null,
  }),
});

const stateOf = (label: string): 'live' | 'draft' | 'obsolete' =>
  label.startsWith('DRAFT_') ? 'draft' : label.startsWith('OBSOLETE_') ? 'obsolete' : 'live';

/**
 * Chromium makes labels of identifiers by joining their words, some with a `_` before a digit and some without: `Canvas_2d` and
 * `Canvas2d` are both `canvas-2d`.
 */
const featureMatch = (label: string): string =>
  label
    .replace(/^(?:DRAFT|OBSOLETE)_/, '')
    .replaceAll('_', '')
    .toLowerCase();
