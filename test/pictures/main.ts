/**
 * Draws the pictures of the README, of real runs over invented records: `npm run pictures`. The same runs and the same times
 * give the same pictures, but for what the fonts of a machine make of them.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, openBrowser } from '../browser/chromium.ts';
import { pastOfATeam } from './past.ts';
import { summaryPage } from './summary-page.ts';

const PICTURES = resolve(import.meta.dirname, '../../docs/pictures');

interface Picture {
  readonly name: string;
  readonly html: string;
  readonly width: number;
  /** No more than this of a long page. */
  readonly height: number;
}

async function draw(browser: Browser, folder: string, { name, html, width, height }: Picture): Promise<void> {
  const file = join(folder, `${name}.html`);
  await writeFile(file, html);
  const { send, next, evaluate } = await browser.newPage();
  await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: 'light' }] });
  await send('Emulation.setTimezoneOverride', { timezoneId: 'UTC' });
  await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  await send('Emulation.setScrollbarsHidden', { hidden: true });
  const loaded = next('Page.loadEventFired');
  await send('Page.navigate', { url: pathToFileURL(file).href });
  await loaded;
  const whole = Number(await evaluate('document.documentElement.getBoundingClientRect().height'));
  const clip = { x: 0, y: 0, width, height: Math.min(height, Math.ceil(whole)), scale: 1 };
  const { data } = await send('Page.captureScreenshot', { format: 'webp', quality: 80, clip });
  await writeFile(join(PICTURES, `${name}.webp`), Buffer.from(data, 'base64'));
}

const { page, summary } = await pastOfATeam();
const folder = await mkdtemp(join(tmpdir(), 'tidemill-pictures-'));
const browser = await openBrowser(process.env['TIDEMILL_TEST_BROWSER'] ?? 'chromium');
await mkdir(PICTURES, { recursive: true });
await draw(browser, folder, { name: 'history', html: page, width: 1100, height: 1400 });
await draw(browser, folder, { name: 'summary', html: summaryPage(summary), width: 950, height: 700 });
await browser.close();
await rm(folder, { recursive: true });
process.stdout.write(`Drawn: ${PICTURES}\n`);
