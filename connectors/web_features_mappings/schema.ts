/** What the file says (https://github.com/web-platform-dx/web-features-mappings#readme) and the silver rows. */
import { double, jsonb, text } from '@tidemill/kit';
import { z } from 'zod';

/** By the identifier of the feature; single entries are checked later, one by one. An empty file is no file. */
export const Mappings = z
  .record(z.string(), z.record(z.string(), z.unknown()))
  .refine((features) => Object.keys(features).length > 0, 'it names no feature');

/** An entry of a feature, of which there may be several. */
const of = <S extends z.ZodType>(entry: S) => z.object({ feature: z.string(), entry });

export const PositionRecord = of(
  z.object({ vendor: z.string(), url: z.string(), position: z.string(), concerns: z.array(z.string()).optional() }),
);
export const MdnDocRecord = of(
  z.object({ slug: z.string(), title: z.string(), anchor: z.string().nullish(), url: z.string() }),
);
export const WptRecord = of(z.object({ url: z.string() }));
export const UseCounterRecord = of(z.object({ percentageOfPageLoad: z.number(), url: z.string() }));

const feature_id = text().describe(
  'Identifier of the feature, as in `web_features.features`; also one that is not there.',
);

export const VendorPositionRow = z.object({
  feature_id,
  vendor: text().describe('Who takes the position: `mozilla`, `apple`.'),
  url: text().describe('Where it is discussed.'),
  position: text()
    .nullable()
    .describe(
      'In the words of the vendor: `positive`, `support`, `neutral`, `defer`, `oppose` …; null while there is none.',
    ),
  concerns: jsonb().nullable().describe('Array of what the vendor is concerned about, in its words.'),
});

export const MdnDocRow = z.object({
  feature_id,
  url: text().describe('The page on MDN, with the place on it where there is one.'),
  slug: text().describe('The page, without its language.'),
  anchor: text().nullable().describe('The place on the page.'),
  title: text().describe('Title of the page, Markdown.'),
});

export const WptLinkRow = z.object({
  feature_id,
  url: text().describe('Its results on https://wpt.fyi.'),
});

export const UseCounterRow = z.object({
  feature_id,
  page_loads_share: double().describe(
    'Share of page loads in Chrome that use it, 0 to 1; the source calls it `percentageOfPageLoad`.',
  ),
  url: text().describe('Its history on https://chromestatus.com.'),
});
