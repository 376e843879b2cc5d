/** The connector contract, with the browser of this machine. It takes a minute or two, and is left out where there is none. */
import { hasBrowser } from '@tidemill/kit-browser';
import { connectorContract, type Reply, type SeenRequest, type SourceFake, startFakeHttp } from '@tidemill/testing';
import { it } from 'vitest';

interface Row {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
}

interface Site {
  readonly rows: readonly Row[];
  /** The page has lost its button, so that nobody can tell whether there is more. */
  readonly isBroken?: true;
}

const PAGE_SIZE = 2;

const row = (n: number): Row => ({
  id: `c${n}`,
  name: `Contact ${n}`,
  email: n % 2 === 0 ? `c${n}@example.org` : null,
});
const first = [1, 2, 3].map(row);
const later = [...first.slice(1), row(4), row(5)];

if (hasBrowser(process.env)) {
  await connectorContract<Site>('acme_crm', {
    module: new URL('./index.ts', import.meta.url),
    open: openSite,
    streams: {
      contacts: {
        first: { contents: { rows: first }, rows: 3 },
        later: { contents: { rows: later }, rows: 4 },
        malformed: { contents: { rows: [...first, { ...row(7), name: null }] }, rows: 3 },
        cut: { rows: first, isBroken: true },
      },
    },
  });
} else {
  it('keeps the connector contract', ({ skip }) => skip('there is no browser on this machine'));
}

/** The site as a browser sees it, on a port of this machine. */
async function openSite(): Promise<SourceFake<Site>> {
  const server = await startFakeHttp();
  const { PATH = '', TIDEMILL_BROWSER = '' } = process.env;
  return {
    baseUrl: server.url,
    env: { PATH, TIDEMILL_BROWSER },
    publish: (site) => server.serve((request) => answer(request, site)),
    close: () => server.close(),
  };
}

function answer({ path, query }: SeenRequest, { rows, isBroken }: Site): Reply | undefined {
  const at = Number(query['at'] ?? 0);
  if (path === '/rows')
    return { json: { rows: rows.slice(at, at + PAGE_SIZE), isLast: at + PAGE_SIZE >= rows.length } };
  if (path !== '/contacts') return { status: 404 };
  const button = isBroken ? '' : '<button id="next">Next</button>';
  const body = `<!doctype html><table><tbody id="contacts"></tbody></table>${button}<script>${SCRIPT}</script>`;
  return { headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

/** The page fills its table when it is there, and anew at each click. */
const SCRIPT = `
  let at = 0;
  const next = document.querySelector('#next');
  const cell = (of, text) => text === null ? '' : '<td class="' + of + '">' + text + '</td>';
  async function fill() {
    const { rows, isLast } = await (await fetch('rows?at=' + at)).json();
    at += rows.length;
    document.querySelector('#contacts').innerHTML = rows
      .map(({ id, name, email }) => '<tr data-id="' + id + '">' + cell('name', name) + cell('email', email) + '</tr>')
      .join('');
    if (next) next.disabled = isLast;
  }
  next?.addEventListener('click', fill);
  fill();
`;
