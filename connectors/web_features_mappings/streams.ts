import { jsonFile, publishedFile, stream } from '@tidemill/kit';
import type { z } from 'zod';
import {
  Mappings,
  MdnDocRecord,
  MdnDocRow,
  PositionRecord,
  UseCounterRecord,
  UseCounterRow,
  VendorPositionRow,
  WptLinkRow,
  WptRecord,
} from './schema.ts';

const file = publishedFile({
  path: 'combined-data.json',
  name: 'combined-data.json',
  // GitHub serves what lies in a repository as plain text.
  types: ['text/plain', 'application/json'],
  read: jsonFile(Mappings),
});

/** The entries that features have by a name, each with its feature: one, or a list of them. */
const entriesOf = (name: string) =>
  file(function* (features: z.output<typeof Mappings>) {
    for (const [feature, { [name]: said = [] }] of Object.entries(features)) {
      for (const entry of Array.isArray(said) ? said : [said]) yield { feature, entry };
    }
  });

export const vendorPositions = stream({
  ...entriesOf('standards-positions'),
  name: 'vendor_positions',
  description: 'What vendors of browsers think of features, one row a discussion.',
  source: PositionRecord,
  row: VendorPositionRow,
  key: ['feature_id', 'vendor', 'url'],
  examples: [
    {
      question: 'What do vendors say of features that they support least?',
      sql: `SELECT vendor, position, count(*) AS features
FROM web_features_mappings.vendor_positions
WHERE position IS NOT NULL
GROUP BY vendor, position
ORDER BY vendor, features DESC, position`,
    },
  ],
  toRow: ({ feature, entry: { vendor, url, position, concerns } }) => ({
    feature_id: feature,
    vendor,
    url,
    position: position || null,
    concerns: concerns ?? null,
  }),
});

export const mdnDocs = stream({
  ...entriesOf('mdn-docs'),
  name: 'mdn_docs',
  description: 'Pages on MDN that document features.',
  source: MdnDocRecord,
  row: MdnDocRow,
  key: ['feature_id', 'url'],
  toRow: ({ feature, entry: { url, slug, anchor, title } }) => ({
    feature_id: feature,
    url,
    slug,
    anchor: anchor ?? null,
    title,
  }),
});

export const wptLinks = stream({
  ...entriesOf('wpt'),
  name: 'wpt_links',
  description: 'Where the results of web-platform-tests for features are.',
  source: WptRecord,
  row: WptLinkRow,
  key: ['feature_id'],
  toRow: ({ feature, entry: { url } }) => ({ feature_id: feature, url }),
});

export const useCounters = stream({
  ...entriesOf('chrome-use-counters'),
  name: 'use_counters',
  description: 'How many page loads in Chrome use features.',
  source: UseCounterRecord,
  row: UseCounterRow,
  key: ['feature_id'],
  toRow: ({ feature, entry: { percentageOfPageLoad, url } }) => ({
    feature_id: feature,
    page_loads_share: percentageOfPageLoad,
    url,
  }),
});
