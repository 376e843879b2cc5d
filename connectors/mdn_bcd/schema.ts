/** What the package says (https://github.com/mdn/browser-compat-data/tree/main/schemas) and the silver rows. */
import { boolean, date, integer, jsonb, text } from '@tidemill/kit';
import { z } from 'zod';

/** `data.json` as a whole: browsers, and beside them trees of features: `api`, `css`, … */
export const Contents = z.looseObject({
  browsers: z.record(z.string(), z.looseObject({ releases: z.record(z.string(), z.unknown()) })),
});

/** https://web-platform-dx.github.io/web-features/ names the browsers that count for Baseline. */
export const CORE_BROWSERS = [
  'chrome',
  'chrome_android',
  'edge',
  'firefox',
  'firefox_android',
  'safari',
  'safari_ios',
] as const;

export const BrowserChoice = z
  .union([z.enum(['core', 'all']), z.array(z.string()).min(1)])
  .default('core')
  .describe('`core`: the seven browsers of the Baseline core set; `all`; or a list of browser ids.');

const OneOrMore = z.union([z.string(), z.array(z.string())]);

export const ReleaseRecord = z.object({
  browser: z.object({ id: z.string(), name: z.string(), type: z.string(), upstream: z.string().optional() }),
  version: z.string(),
  release: z.object({
    /** Since 8.1. */
    index: z.int().optional(),
    release_date: z.string().optional(),
    status: z.string(),
    engine: z.string().optional(),
    engine_version: z.string().optional(),
    release_notes: z.string().optional(),
  }),
});

/** `true` and `null` are gone since major 6; `version_removed: false` since major 7. */
const Statement = z.object({
  version_added: z.union([z.string(), z.boolean(), z.null()]),
  version_removed: z.union([z.string(), z.literal(false)]).optional(),
  version_last: z.union([z.string(), z.literal(false)]).optional(),
  partial_implementation: z.boolean().optional(),
  prefix: z.string().optional(),
  alternative_name: z.string().optional(),
  flags: z.array(z.unknown()).optional(),
  notes: OneOrMore.optional(),
  impl_url: OneOrMore.optional(),
});
export type Statement = z.infer<typeof Statement>;

export const CompatRecord = z.object({
  key: z.string(),
  compat: z.object({
    description: z.string().optional(),
    mdn_url: z.string().optional(),
    spec_url: OneOrMore.optional(),
    source_file: z.string(),
    tags: z.array(z.string()).optional(),
    status: z.object({ deprecated: z.boolean(), experimental: z.boolean(), standard_track: z.boolean() }).optional(),
    support: z.record(z.string(), z.union([Statement, z.array(Statement).min(1)])),
  }),
});

export const ReleaseRow = z.object({
  browser: text().describe('Identifier of the browser, such as `safari_ios`.'),
  version: text().describe('Version as the vendor numbers it; not comparable as text.'),
  browser_name: text().describe('Name of the browser.'),
  browser_type: text().describe('`desktop`, `mobile`, `server` or `xr`.'),
  upstream: text().nullable().describe('Identifier of the browser it is built from.'),
  release_index: integer()
    .nullable()
    .describe('Position among the releases of the browser: its versions in their order. Null in packages before 8.1.'),
  release_date: date().nullable().describe('Day of the release, past or planned; null where none is announced.'),
  status: text().describe('`retired`, `current`, `esr`, `beta`, `nightly` or `planned`.'),
  engine: text().nullable().describe('Browser engine, such as `Blink`.'),
  engine_version: text().nullable().describe('Version of the engine.'),
  release_notes: text().nullable().describe('Link to the release notes.'),
});

export const StatementRow = z.object({
  compat_key: text().describe('Path of the feature in the data, such as `css.properties.gap`.'),
  browser: text().describe('Identifier of the browser.'),
  statement_index: integer().describe(
    'Position among the statements for this browser, from 0; the first is the most relevant.',
  ),
  category: text().describe('First part of the key: `api`, `css`, `html`, …'),
  is_supported: boolean()
    .nullable()
    .describe(
      'Whether some version has or had it: false where the source says `version_added: false`, null if unknown.',
    ),
  version_added: text()
    .nullable()
    .describe(
      'First version with it, as given: `≤` means at the latest, `preview` only in previews; null if none or unknown.',
    ),
  version_removed: text().nullable().describe('First version without it again, as given; null if it is still there.'),
  version_last: text().nullable().describe('Last version that had it, as given.'),
  partial_implementation: boolean().describe('True where the implementation deviates from the specification.'),
  prefix: text().nullable().describe('Prefix the name needs, such as `-webkit-`.'),
  alternative_name: text().nullable().describe('Entirely different name it goes by.'),
  flags: jsonb().nullable().describe('Array of the flags a user must set: type, name, value_to_set.'),
  notes: jsonb().nullable().describe('Array of remarks, HTML.'),
  impl_urls: jsonb().nullable().describe('Array of links to the bugs that track the implementation.'),
  is_deprecated: boolean().nullable().describe('Whether the feature is no longer recommended.'),
  is_experimental: boolean().nullable().describe('Whether the feature is expected to change.'),
  is_standard_track: boolean().nullable().describe('Whether a specification has the feature.'),
  description: text().nullable().describe('What the feature is, HTML; mostly for parts of a larger one.'),
  mdn_url: text().nullable().describe('Link to the reference page on MDN.'),
  spec_urls: jsonb().nullable().describe('Array of links to the specifications.'),
  tags: jsonb().nullable().describe('Array of tags; `web-features:<id>` names the feature in `web_features.features`.'),
  source_file: text().describe('File the feature is defined in, relative to the root of the source repository.'),
});
