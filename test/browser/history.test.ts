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
    // The group that needs attention comes first.
    expect(await page.focused()).toBe('service_b_stream_1');
    await page.press('ArrowDown');
    await page.press('ArrowDown');
    expect(await page.focused()).toBe('service_b_stream_7');
    await page.press('ArrowRight');
    await page.press('ArrowRight');
    expect(await page.focused()).toMatch(/^9 Nov: 1 done; [\d,]+ records; /);
    await page.press('End');
    expect(await page.focused()).toMatch(/^21 Nov: /);
    await page.press('ArrowRight');
    await page.press('Home');
    await page.press('ArrowUp');
    await page.press('ArrowUp');
    expect(await page.focused()).toBe('service_b_stream_1');
    await page.press('Tab');
    expect(await page.evaluate(`document.activeElement.closest('.group').querySelector('h3').textContent`)).toBe(
      'service_a',
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
    expect(await page.evaluate(`document.querySelector('.jobs li:target').checkVisibility()`)).toBe(true);
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

  it('shows only what needs attention, in the list and in the map', async () => {
    const page = await openHistory(browser, small, { past: 'troubled' });
    await page.evaluate(`which.value = 'attention'; which.dispatchEvent(new Event('change'))`);
    const shown = (what: string): Promise<number> =>
      page.evaluate(`[...document.querySelectorAll('${what}')].filter((one) => one.checkVisibility()).length`);
    expect([await shown('.jobs li'), await shown('.map tbody tr')]).toEqual([3, 3]);
  });

  it('tells times in the zone of who reads it, and UTC where the pointer is over one', async () => {
    const page = await openHistory(browser, { ...small, days: 2 }, { zone: 'America/New_York', past: 'troubled' });
    const all = (what: string): Promise<[string, string][]> =>
      page.evaluate(`[...document.querySelectorAll('${what}')].map((one) => [one.textContent, one.title])`);
    expect((await all('header time'))[0]).toEqual(['21 Nov 10:20', '21 Nov 15:20 UTC']);
    expect(await page.evaluate(`document.getElementById('zone').textContent`)).toContain('America/New_York');
    const hours = await all('#map thead:first-of-type time');
    expect(hours.slice(0, 6)).toEqual(
      [19, 20, 21, 22, 23, 0].map((hour, index) => [String(hour).padStart(2, '0'), `20 Nov 0${index}:00 UTC`]),
    );
    const days = await all('#map table:first-of-type thead small');
    expect(days.slice(0, 40).flatMap(([day]) => day || [])).toEqual(['19 Nov', '20 Nov', '21 Nov']);
    await page.evaluate(`document.querySelector('.map td.done').focus()`);
    const text = `document.querySelector('.map td.done')`;
    await page.evaluate(`${text}.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))`);
    expect(await page.evaluate(`${text}.textContent`)).toMatch(/^\d+ Nov \d\d:00 \(\d+ Nov \d\d:00 UTC\): 1 done; /);
    expect((await all('time')).filter(([, title]) => !title.endsWith(' UTC'))).toEqual([]);
  });

  it('leaves the times as they are where the clock of the reader is UTC, or nothing can tell it', async () => {
    for (const look of [{ zone: 'UTC' }, { zone: 'Asia/Tokyo', script: 'off' }] as const) {
      const page = await openHistory(browser, small, look);
      expect(await page.evaluate(`document.querySelector('header p:nth-of-type(2)').textContent`)).toBe(
        'As of 21 Nov 15:20, from the runs since 8 Nov. All times are UTC.',
      );
    }
  });

  it.each([320, 390])('can be read in %i pixels: all but the map without scrolling sideways', async (width) => {
    const page = await openHistory(browser, small, { width, past: 'troubled' });
    await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
    const wide = `[...document.querySelectorAll('main *, header *')].filter((one) => one.checkVisibility() &&
      !one.closest('.map .scroll, [aria-labelledby=over-time] .scroll, thead, svg') && !one.matches('i') &&
      one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 80))`;
    expect(await page.evaluate(wide)).toEqual([]);
    const sizes = `[...document.querySelectorAll('main li *, main td, main p')].filter((one) => one.checkVisibility())
      .map((one) => Number.parseFloat(getComputedStyle(one).fontSize))`;
    expect(Math.min(...(await page.evaluate(sizes)))).toBeGreaterThanOrEqual(11);
  });

  it('fits a phone: only the tables scroll sideways', async () => {
    const page = await openHistory(browser, { ...small, days: 60 }, { width: 360 });
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    const scroll = `document.querySelector('.map .scroll')`;
    expect(await page.evaluate(`${scroll}.scrollWidth - ${scroll}.clientWidth`)).toBeGreaterThan(100);
    // The newest is what people come for, and the names stay where they are.
    const right = `${scroll}.querySelector('td:last-child').getBoundingClientRect().right`;
    expect(await page.evaluate(right)).toBeLessThanOrEqual(360);
    expect(await page.evaluate(`${scroll}.querySelector('.name').getBoundingClientRect().left`)).toBeGreaterThanOrEqual(
      0,
    );
  });

  it('opens, of 500 jobs, the groups that need attention, and filters them all', async () => {
    const page = await openHistory(browser, { jobs: 500 });
    const groups = await page.evaluate(
      `[...document.querySelectorAll('#list .group')].map((one) => [one.open, one.querySelector('.needy') !== null])`,
    );
    expect(groups).toHaveLength(25);
    expect(groups.filter(([open, needy]: boolean[]) => open !== needy)).toEqual([]);
    await page.press('/');
    await page.type('_stream_49');
    expect(await page.jobs()).toHaveLength(11);
  });
});
