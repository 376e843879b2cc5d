import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Browser, openBrowser } from './chromium.ts';
import { type HistoryPage, type Look, openHistory } from './history-page.ts';

let browser: Browser;
let axe: string;

beforeAll(async () => {
  axe = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  browser = await openBrowser(process.env['TIDEMILL_TEST_BROWSER'] ?? 'chromium');
});
afterAll(() => browser.close());

/** What the rules of axe find, all of them: https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md */
async function found({ send }: HistoryPage): Promise<string[]> {
  const expression = `${axe};
    axe.run(document).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.slice(0, 5).map(({ html }) => id + ': ' + html.slice(0, 300))))`;
  const { result, exceptionDetails } = await send('Runtime.evaluate', {
    expression,
    awaitPromise: true,
    returnByValue: true,
  });
  if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description);
  return result.value;
}

const openEverything = `for (const details of document.querySelectorAll('details')) details.open = true`;

const looks: [string, Look, number][] = [
  ['in light', { scheme: 'light' }, 14],
  ['in dark', { scheme: 'dark' }, 14],
  ['on a phone', { scheme: 'light', width: 390 }, 14],
  ['on a phone, in dark', { scheme: 'dark', width: 390 }, 14],
  ['of hours, in the zone of who reads it', { zone: 'America/New_York' }, 2],
];

it.each(looks)('axe finds nothing in the history page %s', async (_, look, days) => {
  const page = await openHistory(browser, { jobs: 13, days }, { ...look, past: 'troubled' });
  await page.evaluate(openEverything);
  expect(await found(page)).toEqual([]);
  await page.evaluate(`document.getElementById('shade-records').click()`);
  expect(await found(page)).toEqual([]);
});

it('axe finds nothing in the page of an empty bucket, and something where there is something', async () => {
  const page = await openHistory(browser, { jobs: 0 });
  expect(await found(page)).toEqual([]);
  await page.evaluate(`document.querySelector('label[for=which]').remove()`);
  expect(await found(page)).toEqual([expect.stringMatching(/^select-name: <select id="which"/)]);
});
