/** The history page of a made-up past in a real browser, and what a person does there. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { drawPage } from '../../orchestrator/site/index.ts';
import { example, type Size, troubled } from '../fixtures/history.ts';
import type { Browser, Page } from './chromium.ts';

export interface HistoryPage extends Page {
  readonly url: string;
  /** Presses a key that types nothing, or a character. */
  press(key: string): Promise<void>;
  type(text: string): Promise<void>;
  /** Names of the jobs that can be seen. */
  jobs(): Promise<string[]>;
  /** What has the focus, as a person reads it. */
  focused(): Promise<string>;
}

export interface Look {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
  readonly script?: 'on' | 'off';
  /** Of who reads it. */
  readonly zone?: string;
  readonly past?: 'calm' | 'troubled';
}

const VISIBLE_JOBS = `[...document.querySelectorAll('.jobs .name')].filter((one) => one.checkVisibility()).map((one) => one.textContent)`;

export async function openHistory(browser: Browser, size: Size, look: Look = {}): Promise<HistoryPage> {
  const { scheme = 'light', width = 1200, script = 'on', zone = 'UTC', past = 'calm' } = look;
  const file = join(await mkdtemp(join(tmpdir(), 'tidemill-page-')), 'index.html');
  const known = example(size);
  await writeFile(file, drawPage(past === 'calm' ? known : troubled(known)));
  const url = pathToFileURL(file).href;
  const page = await browser.newPage();
  const { send, evaluate } = page;
  await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  await send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
  await send('Emulation.setTimezoneOverride', { timezoneId: zone });
  await send('Emulation.setScriptExecutionDisabled', { value: script === 'off' });
  const loaded = page.next('Page.loadEventFired');
  await send('Page.navigate', { url });
  await loaded;
  return {
    ...page,
    url,
    press: async (key) => {
      const text = key.length === 1 ? { text: key } : {};
      const code = { windowsVirtualKeyCode: codes[key] ?? 0, code: key };
      await send('Input.dispatchKeyEvent', { type: 'keyDown', key, ...code, ...text });
      await send('Input.dispatchKeyEvent', { type: 'keyUp', key, ...code });
    },
    type: (text) => send('Input.insertText', { text }),
    jobs: () => evaluate(VISIBLE_JOBS),
    focused: () => evaluate('document.activeElement.textContent || document.activeElement.id'),
  };
}

/** https://developer.mozilla.org/docs/Web/API/KeyboardEvent/keyCode */
const codes: Readonly<Record<string, number>> = {
  Tab: 9,
  Enter: 13,
  Escape: 27,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
};
