import { stream } from '@tidemill/kit';
import { npmSnapshots } from '@tidemill/kit-npm';
import type { z } from 'zod';
import {
  BrowserSupportRow,
  CompatKeyRow,
  Contents,
  EntryRecord,
  FeatureRecord,
  FeatureRow,
  GroupRecord,
  GroupRow,
  MovedFeatureRow,
  PartsRecord,
  REDIRECTS,
  type Redirect,
  RedirectRecord,
  SnapshotRecord,
  SnapshotRow,
  type Status,
} from './schema.ts';

const snapshot = npmSnapshots({ package: 'web-features', file: 'data.json', contents: Contents });

type Data = z.output<typeof Contents>;
type Entry = readonly [id: string, value: unknown];

const kindOf = ([, value]: Entry): unknown => (value as { readonly kind?: unknown } | null)?.kind;

const asFeature = ([id, feature]: Entry) => ({ id, feature });

/** All but the redirects: a kind nobody knows yet is handed on, and rejected in sight. */
const featuresOf = ({ features }: Data) =>
  Object.entries(features)
    .filter((entry) => !REDIRECTS.has(kindOf(entry)))
    .map(asFeature);

/** All but the features: the redirects, and again what nobody knows yet. */
const redirectsOf = ({ features }: Data) =>
  Object.entries(features)
    .filter((entry) => kindOf(entry) !== 'feature')
    .map(asFeature);

/** A day as the source writes it: `2020-03-24`, or `≤2020-03-24` where nobody knows the exact one. */
const day = (written: string | undefined): string | null => written?.replace(/^≤/, '') ?? null;
const isUpperBound = (written: string | undefined): boolean | null => written?.startsWith('≤') ?? null;

const baselineOf = (status: Status) => ({
  baseline: status.baseline === false ? ('limited' as const) : status.baseline,
  baseline_low_date: day(status.baseline_low_date),
  baseline_low_date_is_upper_bound: isUpperBound(status.baseline_low_date),
  baseline_high_date: day(status.baseline_high_date),
  baseline_high_date_is_upper_bound: isUpperBound(status.baseline_high_date),
});

/** Ids of the features that took the place of one. */
const targetsOf = (redirect: Redirect): readonly string[] =>
  redirect.kind === 'moved' ? [redirect.redirect_target] : redirect.redirect_targets;

export const features = stream({
  ...snapshot({ records: ({ features }) => Object.entries(features).map(asFeature) }),
  name: 'features',
  description: 'Features of the web platform, with their Baseline status.',
  source: EntryRecord,
  row: FeatureRow,
  key: ['id'],
  indexes: ['baseline'],
  examples: [
    {
      question: 'Which features became widely available most recently?',
      sql: `SELECT id, name, baseline_high_date
FROM web_features.features
WHERE baseline_high_date IS NOT NULL
ORDER BY baseline_high_date DESC, id
LIMIT 10`,
    },
  ],
  renames: ({ id, feature }) =>
    feature.kind === 'feature' ? undefined : { from: { id }, to: targetsOf(feature).map((target) => ({ id: target })) },
  toRow({ id, feature }) {
    if (feature.kind !== 'feature') return [];
    const { status, discouraged } = feature;
    return {
      id,
      name: feature.name,
      description: feature.description,
      description_html: feature.description_html ?? null,
      ...baselineOf(status),
      is_discouraged: discouraged !== undefined,
      discouraged_reason: discouraged?.reason ?? null,
      discouraged_reason_html: discouraged?.reason_html ?? null,
      discouraged_according_to: discouraged?.according_to ?? null,
      discouraged_alternatives: discouraged?.alternatives ?? null,
      removal_date: discouraged?.removal_date ?? null,
      specs: feature.spec,
      groups: feature.group ?? null,
      snapshots: feature.snapshot ?? null,
      caniuse: feature.caniuse ?? null,
      compat_features: feature.compat_features ?? null,
    };
  },
});

export const movedFeatures = stream({
  ...snapshot({ records: redirectsOf }),
  name: 'moved_features',
  description: 'Identifiers that moved to another feature or were split into several, one row a target.',
  source: RedirectRecord,
  row: MovedFeatureRow,
  key: ['id', 'target_id'],
  toRow: ({ id, feature }) => targetsOf(feature).map((target_id) => ({ id, kind: feature.kind, target_id })),
});

export const groups = stream({
  ...snapshot({ records: ({ groups }) => Object.entries(groups).map(([id, group]) => ({ id, group })) }),
  name: 'groups',
  description: 'Groups of features, which form a tree.',
  source: GroupRecord,
  row: GroupRow,
  key: ['id'],
  toRow: ({ id, group }) => ({ id, name: group.name, parent_id: group.parent ?? null }),
});

export const snapshots = stream({
  ...snapshot({ records: ({ snapshots }) => Object.entries(snapshots).map(([id, snapshot]) => ({ id, snapshot })) }),
  name: 'snapshots',
  description: 'Editions of a specification that features belong to, such as the yearly ones of ECMAScript.',
  source: SnapshotRecord,
  row: SnapshotRow,
  key: ['id'],
  toRow: ({ id, snapshot }) => ({ id, name: snapshot.name, spec: snapshot.spec }),
});

export const browserSupport = stream({
  ...snapshot({ records: featuresOf }),
  name: 'browser_support',
  description: 'Feature by browser: the version since which the browser supports the whole feature.',
  source: FeatureRecord,
  row: BrowserSupportRow,
  key: ['feature_id', 'browser'],
  indexes: ['browser'],
  examples: [
    {
      question: 'How many features does each browser alone keep from working everywhere?',
      sql: `SELECT browsers.browser, count(*) AS features
FROM (SELECT DISTINCT browser FROM web_features.browser_support) AS browsers
CROSS JOIN (
  SELECT feature_id FROM web_features.browser_support GROUP BY feature_id
  HAVING count(*) = (SELECT count(DISTINCT browser) - 1 FROM web_features.browser_support)
) AS almost
LEFT JOIN web_features.browser_support AS support
  ON support.feature_id = almost.feature_id AND support.browser = browsers.browser
WHERE support.browser IS NULL
GROUP BY browsers.browser
ORDER BY features DESC, browsers.browser`,
    },
  ],
  toRow: ({ id, feature }) =>
    Object.entries(feature.status.support).map(([browser, version_added]) => ({
      feature_id: id,
      browser,
      version_added,
    })),
});

export const compatKeys = stream({
  ...snapshot({ records: featuresOf }),
  name: 'compat_keys',
  description: 'Baseline status of the single parts of features, by their keys in browser-compat-data.',
  source: PartsRecord,
  row: CompatKeyRow,
  key: ['feature_id', 'compat_key'],
  indexes: ['compat_key'],
  examples: [
    {
      question: 'Which features are not available everywhere for the sake of a few of their parts?',
      sql: `SELECT feature_id, parts, limited
FROM (
  SELECT feature_id, count(*) AS parts, sum(CASE WHEN baseline = 'limited' THEN 1 ELSE 0 END) AS limited
  FROM web_features.compat_keys
  GROUP BY feature_id
) AS counted
WHERE limited > 0 AND limited <= 0.1 * parts
ORDER BY limited, parts DESC, feature_id
LIMIT 10`,
    },
  ],
  toRow: ({ id, feature }) =>
    Object.entries(feature.status.by_compat_key ?? {}).map(([compat_key, status]) => ({
      feature_id: id,
      compat_key,
      ...baselineOf(status),
      support: status.support,
    })),
});
