import { serviceContract } from '../../test/contracts/service.ts';
import { startUmaExport, type UmaContents } from '../../test/fakes/uma-export.ts';

const use = (rate: number, more: object = {}) => ({ rate, milestone: '157', low_volume: false, ...more });
/** Page visits and two features. */
const day = (rate: number) => ({ r: { 0: use(1), 1: use(rate), 201: use(rate / 2, { low_volume: true }) } });

/** The fifth day, yesterday, is not ready. */
const first: UmaContents = { 20261116: day(0.1), 20261117: day(0.2), 20261118: day(0.3), 20261119: day(0.4) };
const news: UmaContents = { ...first, 20261120: { r: { 1: use(0.5) } } };
const withUse = (use: object): UmaContents => ({ ...first, 20261119: { r: { ...day(0.4).r, 7: use } } });

const { rate: _, ...rateless } = use(0);

await serviceContract<UmaContents>('chromium_uma', {
  module: new URL('./index.ts', import.meta.url),
  open: startUmaExport,
  streams: {
    feature_use: {
      first: { contents: first, rows: 12 },
      news: { contents: news, rows: 13 },
      late: { contents: news, rows: 13 },
      empty: { contents: {}, rows: 0 },
      without: { contents: withUse({ rate: 0.25 }), rows: 13 },
      retyped: { contents: withUse({ ...rateless, rate: 'often' }), rows: 12 },
      paged: 'one request',
      many: (records) => ({
        contents: {
          20261119: { r: Object.fromEntries(Array.from({ length: records }, (_, bucket) => [bucket, use(0.1)])) },
        },
        rows: records,
      }),
      cannot: {
        edited: 'What is corrected in it later does not come.',
        deleted: 'What is corrected in it later does not come.',
        many: 'The answer of a day is read as a whole.',
      },
    },
  },
});
