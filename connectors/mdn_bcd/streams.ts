import { stream, TidemillError } from '@tidemill/kit';
import { npmSnapshots, SnapshotOptions } from '@tidemill/kit-npm';
import type { z } from 'zod';
import { compatNodes } from './compat-nodes.ts';
import {
  BrowserChoice,
  CORE_BROWSERS,
  CompatRecord,
  Contents,
  ReleaseRecord,
  ReleaseRow,
  type Statement,
  StatementRow,
} from './schema.ts';

const snapshot = npmSnapshots({ package: '@mdn/browser-compat-data', file: 'data.json', contents: Contents });

type Browsers = z.output<typeof Contents>['browsers'];

/** Ids of the chosen browsers. Throws a TidemillError `browser-unknown`. */
function chosen(browsers: Browsers, choice: z.output<typeof BrowserChoice>): readonly string[] {
  const known = Object.keys(browsers);
  if (choice === 'all') return known;
  const ids = choice === 'core' ? CORE_BROWSERS : choice;
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length === 0) return [...new Set(ids)];
  throw new TidemillError(
    'config',
    'browser-unknown',
    `This version of the data has no browser ${unknown.join(', ')}`,
    {
      hint: `It has: ${known.join(', ')}.`,
    },
  );
}

export const browserReleases = stream({
  ...snapshot({
    options: SnapshotOptions.extend({ browsers: BrowserChoice }),
    records: ({ browsers }, options) =>
      chosen(browsers, options.browsers).flatMap((id) => {
        const { releases, ...browser } = browsers[id] ?? { releases: {} };
        return Object.entries(releases).map(([version, release]) => ({
          browser: { ...browser, id },
          version,
          release,
        }));
      }),
  }),
  name: 'browser_releases',
  description: 'Releases of browsers, past and planned. One without a date is a row whose `release_date` is null.',
  source: ReleaseRecord,
  row: ReleaseRow,
  key: ['browser', 'version'],
  toRow: ({ browser, version, release }) => ({
    browser: browser.id,
    version,
    browser_name: browser.name,
    browser_type: browser.type,
    upstream: browser.upstream ?? null,
    release_index: release.index ?? null,
    release_date: release.release_date ?? null,
    status: release.status,
    engine: release.engine ?? null,
    engine_version: release.engine_version ?? null,
    release_notes: release.release_notes ?? null,
  }),
});

const listOf = (value: string | readonly string[] | undefined) => (value === undefined ? null : [value].flat());

const statementColumns = ({ version_added, ...statement }: Statement) => ({
  is_supported: version_added === null ? null : version_added !== false,
  version_added: typeof version_added === 'string' ? version_added : null,
  version_removed: statement.version_removed || null,
  version_last: statement.version_last || null,
  partial_implementation: statement.partial_implementation ?? false,
  prefix: statement.prefix ?? null,
  alternative_name: statement.alternative_name ?? null,
  flags: statement.flags ?? null,
  notes: listOf(statement.notes),
  impl_urls: listOf(statement.impl_url),
});

const nodeColumns = ({ key, compat: { status, ...compat } }: z.output<typeof CompatRecord>) => ({
  compat_key: key,
  category: key.replace(/\..*/s, ''),
  is_deprecated: status?.deprecated ?? null,
  is_experimental: status?.experimental ?? null,
  is_standard_track: status?.standard_track ?? null,
  description: compat.description ?? null,
  mdn_url: compat.mdn_url ?? null,
  spec_urls: listOf(compat.spec_url),
  tags: compat.tags ?? null,
  source_file: compat.source_file,
});

export const supportStatements = stream({
  ...snapshot({ records: compatNodes }),
  name: 'support_statements',
  description: 'What each browser supports since when: every statement about every feature of the data.',
  source: CompatRecord,
  row: StatementRow,
  key: ['compat_key', 'browser', 'statement_index'],
  indexes: ['browser'],
  examples: [
    {
      question: 'What do browsers have only behind a flag, and how much of it?',
      sql: `SELECT browser, category, count(DISTINCT compat_key) AS features
FROM mdn_bcd.support_statements
WHERE statement_index = 0 AND flags IS NOT NULL AND version_removed IS NULL
GROUP BY browser, category
ORDER BY features DESC, browser, category
LIMIT 10`,
    },
  ],
  toRow(record) {
    const node = nodeColumns(record);
    return Object.entries(record.compat.support).flatMap(([browser, statements]) =>
      [statements]
        .flat()
        .map((statement, statement_index) => ({ ...node, browser, statement_index, ...statementColumns(statement) })),
    );
  },
});
