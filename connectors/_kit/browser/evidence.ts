/** What shows where a page stood when something failed: its HTML and a picture of it, both without a value. */
import type { Attachment } from '@tidemill/kit';
import type { CDPSession, Page } from 'playwright-core';
import { blankPage, skeletonOf } from './dom.ts';

const MOST_HTML = 512 * 1024;
const MOST_SECONDS = 10;

/** What can be had of the page within ten seconds; never throws. The page is of no use afterwards. */
export async function evidenceOf(page: Page): Promise<readonly Attachment[]> {
  const kept: Attachment[] = [];
  const limit = AbortSignal.timeout(MOST_SECONDS * 1000);
  const late = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([collect(page, kept).catch(() => undefined), late]);
  return [...kept];
}

async function collect(page: Page, kept: Attachment[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  // The page must not write into what is made blank.
  await session.send('Emulation.setScriptExecutionDisabled', { value: true });
  const html = await page.evaluate(skeletonOf, MOST_HTML);
  kept.push({ name: 'page.html', contentType: 'text/html; charset=utf-8', bytes: Buffer.from(html) });
  const reason = await blank(page, session);
  if (reason !== undefined) {
    const note = `There is no screenshot: ${reason}\n`;
    kept.push({ name: 'page-screenshot.txt', contentType: 'text/plain; charset=utf-8', bytes: Buffer.from(note) });
    return;
  }
  const bytes = await page.screenshot({ timeout: (MOST_SECONDS / 2) * 1000, animations: 'disabled', scale: 'css' });
  kept.push({ name: 'page.png', contentType: 'image/png', bytes });
}

/** Why it could not be done; undefined where every value is gone. */
async function blank(page: Page, session: CDPSession): Promise<string | undefined> {
  const { root } = await session.send('DOM.getDocument', { depth: -1, pierce: true });
  if (hasClosedRoot(root)) return 'parts of the page are closed to scripts, and their values could not be taken off';
  try {
    // Frames are not shown, and need no blanking.
    await page.evaluate(blankPage);
    return undefined;
  } catch {
    return 'the values could not be taken off the page';
  }
}

interface Tree {
  readonly shadowRootType?: string;
  readonly children?: readonly Tree[];
  readonly shadowRoots?: readonly Tree[];
}

const hasClosedRoot = ({ shadowRootType, children = [], shadowRoots = [] }: Tree): boolean =>
  shadowRootType === 'closed' || [...children, ...shadowRoots].some(hasClosedRoot);
