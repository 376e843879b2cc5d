import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser } from './chromium.ts';
import { openHistory } from './history-page.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser(process.env['TIDEMILL_TEST_BROWSER'] ?? 'chromium');
});
afterAll(() => browser.close());

interface Node {
  readonly role: string;
  readonly name: string;
}

/** What a screen reader is told. */
async function treeOf(script: 'on' | 'off', width = 1200): Promise<Node[]> {
  const page = await openHistory(browser, { jobs: 13 }, { script, width });
  const { nodes } = await page.send('Accessibility.getFullAXTree');
  return nodes
    .filter(({ ignored }: { ignored: boolean }) => !ignored)
    .map(({ role, name }: Record<string, { value?: string }>) => ({
      role: role?.value ?? '',
      name: name?.value ?? '',
    }));
}

const named = (tree: readonly Node[], role: string): string[] =>
  tree.filter((node) => node.role === role).map(({ name }) => name);

describe('the history page for a screen reader', () => {
  it('is a grid of named rows, columns and cells, with marks that are not read twice', async () => {
    const tree = await treeOf('on');
    expect(named(tree, 'grid')).toHaveLength(3);
    expect(named(tree, 'rowheader')).toEqual(expect.arrayContaining(['service_a_stream_0', 'service_c_stream_11']));
    expect(named(tree, 'columnheader')).toEqual(expect.arrayContaining(['job', 'Nov 8', '21']));
    const cells = named(tree, 'gridcell');
    expect(cells).toContainEqual(expect.stringMatching(/^8 Nov: \d+ done, 1 failed; /));
    expect(cells.filter((name) => /[↻!?›✗]/.test(name))).toEqual([]);
  });

  it('is a table with the same texts when there is no script', async () => {
    const tree = await treeOf('off');
    expect(named(tree, 'grid')).toEqual([]);
    expect(named(tree, 'cell')).toContainEqual(expect.stringMatching(/^8 Nov: \d+ done, 1 failed; /));
  });

  it('has a name for everything that can be operated or looked at', async () => {
    const tree = await treeOf('on');
    const roles = [
      'searchbox',
      'combobox',
      'radio',
      'button',
      'link',
      'image',
      'region',
      'search',
      'heading',
      'DisclosureTriangle',
    ];
    for (const role of roles) {
      expect(named(tree, role), role).not.toEqual([]);
      expect(named(tree, role), role).not.toContain('');
    }
    expect(named(tree, 'image')[0]).toContain('1,209 runs, 22 not green');
    expect(named(tree, 'main')).toHaveLength(1);
    expect(named(tree, 'banner')).toHaveLength(1);
    expect(named(tree, 'status')).toHaveLength(1);
  });

  it('keeps its lists tables where the window is narrow, and the rows blocks', async () => {
    const tree = await treeOf('on', 390);
    expect(named(tree, 'table')).toEqual(['Last failures', 'Slots without a run of their own', 'Next slots']);
    expect(named(tree, 'columnheader')).toEqual(expect.arrayContaining(['started', 'who must act', 'after']));
  });
});
