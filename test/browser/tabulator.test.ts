/** Somebody else's table, https://tabulator.info, which pages, asks in the background and exports by itself. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseHTML } from 'linkedom';
import { expect, it } from 'vitest';
import { serve, visiting } from './visiting.ts';

const textAt = (url: string): string => readFileSync(fileURLToPath(url), 'utf8');
const SCRIPT = textAt(import.meta.resolve('tabulator-tables/dist/js/tabulator.min.js'));
const STYLE = textAt(import.meta.resolve('tabulator-tables/dist/css/tabulator.min.css'));

const ROWS = Array.from({ length: 47 }, (_, index) => ({
  id: index + 1,
  name: ['Ångström', 'Müller, "Hans"', 'O’Neill & Co', ' plain'][index % 4],
  amount: (index * 37.25).toFixed(2),
}));

const PAGE = `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/tabulator.css"><script src="/tabulator.js"></script>
<button id="csv" type="button">CSV</button><div id="table"></div>
<script>
const columns = ['id', 'name', 'amount'].map((field) => ({ title: field, field }));
const table = new Tabulator('#table', { ajaxURL: '/rows', columns, pagination: true, paginationMode: 'remote', paginationSize: 10 });
const all = new Tabulator(document.createElement('div'), { ajaxURL: '/all', columns });
document.getElementById('csv').onclick = () => all.download('csv', 'all.csv', {}, 'all');
</script>`;

it('is read page by page, by its answers and by its own export: the same rows, one by one', async () => {
  await using site = await serve({
    '/': PAGE,
    '/tabulator.js': (response) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(SCRIPT),
    '/tabulator.css': (response) => response.writeHead(200, { 'content-type': 'text/css' }).end(STYLE),
    '/all': (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ROWS)),
    '/rows': (response, request) => {
      const asked = new URL(request.url ?? '', 'http://x').searchParams;
      const [page, size] = [Number(asked.get('page')), Number(asked.get('size'))];
      const body = { last_page: Math.ceil(ROWS.length / size), data: ROWS.slice((page - 1) * size, page * size) };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    },
  });
  const { artifacts, failure } = await visiting(site.url, {}, async function* (visit) {
    const pages: Awaited<ReturnType<typeof visit.html>>[] = [];
    yield* visit.answers({ url: /\/rows\?/, name: 'rows' }, async () => {
      await visit.open('');
      const paged = { content: '.tabulator-tableholder .tabulator-table', next: '.tabulator-page[data-page="next"]' };
      for await (const _ of visit.pages(paged)) pages.push(await visit.html(paged.content, 'page'));
    });
    yield* pages;
    yield* visit.download({ name: 'all' }, () => visit.page.locator('#csv').click());
  });
  expect(failure?.message).toBeUndefined();
  const textsOf = (method: string): string[] =>
    artifacts.filter((one) => one.method === method).map(({ bytes }) => bytes.toString());
  const shown = ROWS.map(({ id, name, amount }) => [String(id), name, amount]);
  const cells = textsOf('dom_html').flatMap((html) =>
    [...parseHTML(html).document.querySelectorAll('.tabulator-row')].map((row) =>
      [...row.querySelectorAll('.tabulator-cell')].map(({ textContent }) => textContent),
    ),
  );
  expect(cells).toEqual(shown);
  expect(textsOf('xhr_json').flatMap((text) => JSON.parse(text).data)).toEqual(ROWS);
  // Its own words of the same rows.
  const [csv = ''] = textsOf('export_download');
  const quoted = [['id', 'name', 'amount'], ...shown].map((row) =>
    row.map((cell) => `"${cell?.replaceAll('"', '""')}"`).join(','),
  );
  expect(csv.replace(/^\uFEFF/, '').split('\n')).toEqual(quoted);
  expect(artifacts.at(-1)).toMatchObject({ name: 'all-00001.csv', contentType: 'text/csv', url: `${site.url}/` });
});
