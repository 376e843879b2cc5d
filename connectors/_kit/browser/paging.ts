/** Pages of one list, each behind a click. */
import { createHash } from 'node:crypto';
import { TidemillError } from '@tidemill/kit';
import type { Page } from 'playwright-core';
import { pageChanged, pageSlow } from './faults.ts';

export interface Paged {
  /** Selector of what differs from page to page: the body of a table. */
  readonly content: string;
  /** Selector of what leads to the next one. */
  readonly next: string;
  /**
   * How the last page is told: what leads to the next one is there and cannot be used (`disabled`, as the attribute, `aria-disabled` or
   * a class of that name), or it is `gone`. `disabled` if not given: then one that is missing is an error.
   */
  readonly end?: 'disabled' | 'gone';
  /** More pages are an error; 1,000 if not given. */
  readonly most?: number;
  /**
   * Selector of what shows that a page is still being filled: a spinner. It is waited for until it is gone. Without it a page is
   * complete when it waits for no answer; one that always waits for some needs it.
   */
  readonly busy?: string;
  /** How long the content must have stood still to be complete, in milliseconds; 300 if not given. */
  readonly quietMs?: number;
  /** The longest that a page may take to be complete, in seconds; 30 if not given. */
  readonly seconds?: number;
}

/**
 * Counts the pages from 1, each when it is complete: what the caller takes of it, it takes then. Throws `paging-loop` where a page comes
 * twice, or more than `most` come, and `page-changed` where the next one does not come or nobody can tell whether there is one.
 */
export async function* clickThrough(page: Page, paged: Paged, open: () => number): AsyncGenerator<number> {
  const { most = 1000 } = paged;
  const seen = new Set<string>();
  let before: string | undefined;
  for (let number = 1; ; number += 1) {
    const digest = await settled(page, paged, open, before);
    if (seen.has(digest)) throw looping(`page ${number} is one that was there before`);
    seen.add(digest);
    yield number;
    if (await isLast(page, paged)) return;
    if (number === most) throw looping(`there are more than ${most} pages`);
    before = digest;
    await page.locator(paged.next).click();
  }
}

/** The digest of the content, once that is another one than before and stands still. */
async function settled(
  page: Page,
  { content, busy, quietMs = 300, seconds = 30 }: Paged,
  open: () => number,
  before?: string,
): Promise<string> {
  const isFilling = (): boolean => busy === undefined && open() > 0;
  const look = async (): Promise<string> => {
    if (busy !== undefined) await page.locator(busy).first().waitFor({ state: 'hidden' });
    return digestOf(await page.locator(content).evaluate((node) => (node as { innerHTML: string }).innerHTML));
  };
  const limit = AbortSignal.timeout(seconds * 1000);
  let last = await look();
  for (;;) {
    await page.waitForTimeout(quietMs);
    const now = await look();
    if (now === last && now !== before && !isFilling()) return now;
    last = now;
    if (!limit.aborted) continue;
    if (isFilling()) throw pageSlow('The page was still waiting for answers');
    if (now === before) throw looping('the next page is the same as the one before it');
    throw pageChanged(`${content} does not come to rest`);
  }
}

async function isLast(page: Page, { next, end = 'disabled' }: Paged): Promise<boolean> {
  const control = page.locator(next);
  const count = await control.count();
  if (count > 1) throw pageChanged(`${next} is there ${count}×: which one leads to the next page?`);
  const isThere = count === 1 && (await control.isVisible());
  if (!isThere) {
    if (end === 'gone') return true;
    throw pageChanged(`${next} is not on the page, so that nobody can tell whether there is a next one`);
  }
  const classes = (await control.getAttribute('class')) ?? '';
  const isOff = (await control.getAttribute('aria-disabled')) === 'true' || /(^|\s|-)disabled(\s|$)/.test(classes);
  return isOff || (await control.isDisabled());
}

const digestOf = (html: string): string => createHash('sha256').update(html).digest('hex');

const looping = (what: string): TidemillError =>
  new TidemillError('source-changed', 'paging-loop', `The pages do not come to an end: ${what}`, {
    hint: 'What was committed is kept, and nothing was deleted. The connector must learn how the last page is told.',
  });
