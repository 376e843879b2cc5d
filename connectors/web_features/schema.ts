/** What the package says (https://github.com/web-platform-dx/web-features/tree/main/packages/web-features) and the silver rows. */
import { boolean, date, jsonb, oneOf, text } from '@tidemill/kit';
import { z } from 'zod';

const byId = z.record(z.string(), z.unknown());

/** `data.json` as a whole. */
export const Contents = z.object({ features: byId, groups: byId, snapshots: byId });

const Ids = z.array(z.string());

const Discouraged = z.object({
  /** Since 3.10. */
  reason: z.string().optional(),
  reason_html: z.string().optional(),
  according_to: Ids,
  alternatives: Ids.optional(),
  removal_date: z.string().optional(),
});

/** Of a feature as a whole, or of one of its keys in browser-compat-data. */
const Status = z.object({
  baseline: z.union([z.literal(false), z.enum(['low', 'high'])]),
  baseline_low_date: z.string().optional(),
  baseline_high_date: z.string().optional(),
  support: z.record(z.string(), z.string()),
});
export type Status = z.output<typeof Status>;

const Feature = z.object({
  kind: z.literal('feature'),
  name: z.string(),
  description: z.string(),
  description_html: z.string().optional(),
  spec: Ids,
  group: Ids.optional(),
  snapshot: Ids.optional(),
  caniuse: Ids.optional(),
  compat_features: Ids.optional(),
  discouraged: Discouraged.optional(),
  status: Status,
});

const Moved = z.object({ kind: z.literal('moved'), redirect_target: z.string() });
const Split = z.object({ kind: z.literal('split'), redirect_targets: Ids.min(1) });

export type Redirect = z.output<typeof Moved> | z.output<typeof Split>;

/** Kinds of entries that only say where a feature is now. */
export const REDIRECTS: ReadonlySet<unknown> = new Set([Moved.shape.kind.value, Split.shape.kind.value]);

export const FeatureRecord = z.object({ id: z.string(), feature: Feature });
/** A feature, or where it is now. */
export const EntryRecord = z.object({ id: z.string(), feature: z.discriminatedUnion('kind', [Feature, Moved, Split]) });
/** With its parts, which packages before 3.7 do not have. */
export const PartsRecord = z.object({
  id: z.string(),
  feature: z.object({
    kind: Feature.shape.kind,
    status: z.object({ by_compat_key: z.record(z.string(), Status).optional() }),
  }),
});
export const RedirectRecord = z.object({ id: z.string(), feature: z.discriminatedUnion('kind', [Moved, Split]) });
export const GroupRecord = z.object({
  id: z.string(),
  group: z.object({ name: z.string(), parent: z.string().optional() }),
});
export const SnapshotRecord = z.object({ id: z.string(), snapshot: z.object({ name: z.string(), spec: z.string() }) });

const baselineColumns = {
  baseline: oneOf(['high', 'low', 'limited']).describe(
    'Baseline status: `high` (widely available), `low` (newly available) or `limited` (the source says false).',
  ),
  baseline_low_date: date().nullable().describe('Day it became newly available: in every browser of the core set.'),
  baseline_low_date_is_upper_bound: boolean()
    .nullable()
    .describe('True where the source says `≤`: newly available on that day at the latest.'),
  baseline_high_date: date().nullable().describe('Day it became widely available, 30 months after the other.'),
  baseline_high_date_is_upper_bound: boolean()
    .nullable()
    .describe('True where the source says `≤`: widely available on that day at the latest.'),
};

export const FeatureRow = z.object({
  id: text().describe('Identifier of the feature, as on https://webstatus.dev.'),
  name: text().describe('Short name.'),
  description: text().describe('One or two sentences, plain text.'),
  description_html: text().nullable().describe('The same with its markup, HTML.'),
  ...baselineColumns,
  is_discouraged: boolean().describe('Whether developers are formally discouraged from using it.'),
  discouraged_reason: text().nullable().describe('Why it is discouraged, plain text.'),
  discouraged_reason_html: text().nullable().describe('The same with its markup, HTML.'),
  discouraged_according_to: jsonb().nullable().describe('Array of links to the formal notices.'),
  discouraged_alternatives: jsonb().nullable().describe('Array of ids of the features to use instead.'),
  removal_date: date().nullable().describe('Day it is or was removed from all browsers.'),
  specs: jsonb().describe('Array of links to the specifications.'),
  groups: jsonb().nullable().describe('Array of ids of `groups`.'),
  snapshots: jsonb().nullable().describe('Array of ids of `snapshots`.'),
  caniuse: jsonb().nullable().describe('Array of identifiers on https://caniuse.com.'),
  compat_features: jsonb()
    .nullable()
    .describe('Array of keys of browser-compat-data: `compat_key` in `mdn_bcd.support_statements`.'),
});

export const MovedFeatureRow = z.object({
  id: text().describe('Identifier that is no longer a feature of its own.'),
  kind: oneOf(['moved', 'split']).describe('`moved` (one target) or `split` (two or more).'),
  target_id: text().describe('Identifier of the feature that took its place.'),
});

export const GroupRow = z.object({
  id: text().describe('Identifier of the group.'),
  name: text().describe('Short name.'),
  parent_id: text().nullable().describe('The group it belongs to; null at the top.'),
});

export const SnapshotRow = z.object({
  id: text().describe('Identifier of the snapshot, such as `ecmascript-2023`.'),
  name: text().describe('Short name.'),
  spec: text().describe('Link to the specification that was frozen.'),
});

export const BrowserSupportRow = z.object({
  feature_id: text().describe('Identifier of the feature.'),
  browser: text().describe('Identifier of a browser of the Baseline core set.'),
  version_added: text().describe(
    'First version that supports the whole feature, as given: `≤` means at the latest. No row means no support.',
  ),
});

export const CompatKeyRow = z.object({
  feature_id: text().describe('Identifier of the feature that the key is a part of.'),
  compat_key: text().describe('Key of browser-compat-data: `compat_key` in `mdn_bcd.support_statements`.'),
  ...baselineColumns,
  support: jsonb().describe('Object: by browser of the core set, the first version that supports it, as given.'),
});
