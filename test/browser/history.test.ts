import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser } from './chromium.ts';
import { contrastOf } from './contrast.ts';
import { openHistory } from './history-page.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser(process.env['TIDEMILL_TEST_BROWSER'] ?? 'chromium');
});
afterAll(() => browser.close());

const small = { jobs: 13 };

describe('the history page in a browser', () => {
  it('asks the network for nothing, and breaks no rule of its own', async () => {
    const page = await openHistory(browser, small);
    const requests = page.events.filter(({ method }) => method === 'Network.requestWillBeSent');
    const urls = requests.map(({ params }) => (params['request'] as { url: string }).url);
    expect(urls.filter((url) => url !== 'data:,')).toEqual([page.url]);
    const complaints = page.events.filter(({ method }) => /^(Log.entryAdded|Runtime.exceptionThrown)$/.test(method));
    expect(complaints).toEqual([]);
  });

  it('filters by keyboard, and says how many jobs are left', async () => {
    const page = await openHistory(browser, small);
    expect(await page.jobs()).toHaveLength(13);
    await page.press('/');
    expect(await page.focused()).toBe('filter');
    await page.type('stream_1 SERVICE_b');
    expect(await page.jobs()).toEqual(['service_b_stream_1', 'service_b_stream_10']);
    expect(await page.evaluate(`document.getElementById('shown').textContent`)).toBe('2 of 13 jobs shown');
    await page.type(' nowhere');
    expect(await page.jobs()).toEqual([]);
    expect(await page.evaluate(`document.getElementById('nothing').checkVisibility()`)).toBe(true);
    await page.press('Escape');
    expect(await page.jobs()).toHaveLength(13);
  });

  it('shows only what needs attention', async () => {
    const page = await openHistory(browser, small);
    const choose = (value: string): Promise<void> =>
      page.evaluate(`which.value = '${value}'; which.dispatchEvent(new Event('change'))`);
    await choose('attention');
    expect(await page.jobs()).toEqual(['service_b_stream_1']);
    await choose('all');
    expect(await page.jobs()).toHaveLength(13);
  });

  it('moves through the map with the arrow keys, in one stop of the Tab key a table', async () => {
    const page = await openHistory(browser, small);
    await page.evaluate(`document.querySelector('.map .scroll').focus()`);
    await page.press('Tab');
    expect(await page.focused()).toBe('service_a_stream_0');
    await page.press('ArrowDown');
    expect(await page.focused()).toBe('service_a_stream_3');
    await page.press('ArrowRight');
    expect(await page.focused()).toBe('● up to date');
    await page.press('ArrowRight');
    await page.press('ArrowRight');
    expect(await page.focused()).toMatch(/^9 Nov: 1 done; [\d,]+ records; /);
    await page.press('End');
    expect(await page.focused()).toBe('23 Nov 06:15');
    await page.press('ArrowRight');
    await page.press('Home');
    await page.press('ArrowUp');
    await page.press('ArrowUp');
    expect(await page.focused()).toBe('service_a_stream_0');
    await page.press('Tab');
    expect(await page.evaluate(`document.activeElement.closest('.group').querySelector('h3').textContent`)).toBe(
      'service_b',
    );
  });

  it('shows the numbers of the cell that has the focus, and where the focus is', async () => {
    const page = await openHistory(browser, small);
    await page.evaluate(`document.querySelector('.map td.done').focus()`);
    const look = (what: string): Promise<string> =>
      page.evaluate(`getComputedStyle(document.querySelector('.map td.done i')).${what}`);
    expect(await look('clipPath')).not.toBe('none');
    await page.press('Tab');
    await page.evaluate(`document.querySelector('.map tbody th[tabindex="0"]').focus()`);
    await page.press('ArrowRight');
    await page.press('ArrowRight');
    const cell = `document.activeElement.querySelector('i')`;
    expect(await page.evaluate(`getComputedStyle(${cell}).clipPath`)).toBe('none');
    expect(await page.evaluate(`getComputedStyle(${cell}).position`)).toBe('fixed');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  });

  it('shades the cells by records and by duration instead', async () => {
    const page = await openHistory(browser, small);
    const shades = (): Promise<string[]> =>
      page.evaluate(
        `[...document.querySelectorAll('.map td.done')].map((one) => getComputedStyle(one).backgroundColor)`,
      );
    expect(new Set(await shades()).size).toBe(1);
    await page.evaluate(`document.getElementById('shade-records').click()`);
    const byRecords = await shades();
    expect(new Set(byRecords).size).toBeGreaterThanOrEqual(4);
    await page.evaluate(`document.getElementById('shade-duration').click()`);
    expect(await shades()).not.toEqual(byRecords);
  });

  it('goes from a failure to its job, also where the group is closed', async () => {
    const page = await openHistory(browser, small);
    await page.evaluate(`document.getElementById('close').click()`);
    expect(await page.jobs()).toEqual([]);
    await page.evaluate(`document.querySelector('[aria-labelledby=failures] a').click()`);
    expect(await page.evaluate(`document.querySelector('tr:target').checkVisibility()`)).toBe(true);
  });

  it.each(['light', 'dark'] as const)('is readable in %s', async (scheme) => {
    const page = await openHistory(browser, small, { scheme });
    const colours = await page.evaluate(contrastOf);
    expect(colours.background).toMatch(scheme === 'dark' ? /^rgb\(1\d, / : /^rgb\(255, /);
    expect(colours.texts.filter(({ ratio }: { ratio: number }) => !(ratio >= 4.5))).toEqual([]);
    expect(colours.texts.length).toBeGreaterThan(10);
    await page.evaluate(`document.getElementById('shade-records').click()`);
    const shaded = await page.evaluate(contrastOf);
    // What is not text, but a sign, needs less: https://www.w3.org/TR/WCAG22/#non-text-contrast
    expect(shaded.texts.filter(({ ratio }: { ratio: number }) => !(ratio >= 3))).toEqual([]);
  });

  it('can be read without a script', async () => {
    const page = await openHistory(browser, small, { script: 'off' });
    expect(await page.evaluate(`document.documentElement.className`)).toBe('');
    expect(await page.jobs()).toHaveLength(13);
    expect(await page.evaluate(`document.getElementById('filter').checkVisibility()`)).toBe(false);
  });

  it('fits a phone: only the tables scroll sideways', async () => {
    const page = await openHistory(browser, { ...small, days: 60 }, { width: 360 });
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    expect(await page.evaluate(`document.querySelector('.map .scroll').scrollLeft`)).toBeGreaterThan(0);
  });

  it('opens, of 500 jobs, the groups that need attention, and filters them all', async () => {
    const page = await openHistory(browser, { jobs: 500 });
    const groups = await page.evaluate(
      `[...document.querySelectorAll('.group')].map((one) => [one.open, one.querySelector('.needy') !== null])`,
    );
    expect(groups).toHaveLength(25);
    expect(groups.filter(([open, needy]: boolean[]) => open !== needy)).toEqual([]);
    await page.press('/');
    await page.type('_stream_49');
    expect(await page.jobs()).toHaveLength(11);
  });
});
