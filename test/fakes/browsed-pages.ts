/** The pages of the shop's site, and what they ask for in the background. */
import type { ServerResponse } from 'node:http';

export interface SiteData {
  /** Address of who counts visitors. */
  readonly tracker: string;
  orders: readonly { readonly id: string; readonly customer: string; readonly amount: string }[];
  prices: readonly { readonly sku: string; readonly price: number }[];
  shops: readonly { readonly id: number; readonly city: string }[];
  /** Whether anything tells the last page of the orders. */
  last: 'disabled' | 'never';
  banner: 'shown' | 'never leaves';
  table: 'shown' | 'missing';
  answers: 'sound' | 'stalls' | 'a page';
}

const page = (title: string, { tracker, banner }: SiteData, body: string): string => `<!doctype html>
<html lang="en"><head><title>${title}</title><style>.over{position:fixed;inset:0;background:#eee}</style></head>
<body><img src="${tracker}/pixel.gif" alt="">
<div class="over" id="cookies"><button type="button" ${banner === 'shown' ? `onclick="document.getElementById('cookies').remove()"` : ''}>Agree</button></div>
${body}
<script>fetch('${tracker}/seen').catch(() => {}); new WebSocket('${tracker.replace('http', 'ws')}/socket');</script>
</body></html>`;

/** A table that is filled in the background, and a button for the next page. */
export const ordersPage = (data: SiteData): string =>
  page(
    'Orders of Anna Example',
    data,
    `<h1>Orders of Anna Example</h1>
${data.table === 'shown' ? '<table><thead><tr><th>Order<th>Customer<th>Amount</thead><tbody id="orders"></tbody></table>' : '<p>Sorry, Anna Example'}
<p class="spinner">Loading</p><button type="button" id="next">Next</button>
<script>
const cell = (text) => { const td = document.createElement('td'); td.textContent = text; return td; };
let number = Number(new URLSearchParams(location.search).get('page') ?? '1');
const load = async () => {
  const spinner = document.querySelector('.spinner');
  spinner.hidden = false;
  const { rows, isLast } = await (await fetch('/api/orders?page=' + number)).json();
  const filled = rows.map((row) => {
    const tr = document.createElement('tr');
    tr.dataset.id = row.id;
    tr.append(cell(row.id), cell(row.customer), cell('€ ' + row.amount));
    return tr;
  });
  document.getElementById('orders')?.replaceChildren(...filled);
  document.getElementById('next').disabled = isLast;
  spinner.hidden = true;
};
document.getElementById('next').addEventListener('click', () => { number += 1; load(); });
load();
</script>`,
  );

/** A list that grows by a button, which goes when there is no more. */
export const pricesPage = (data: SiteData): string =>
  page(
    'Prices',
    data,
    `<ul id="prices"></ul><button type="button" id="more" hidden>More</button>
<script>
let offset = 0;
const load = async () => {
  const { items, total } = await (await fetch('/api/prices?offset=' + offset)).json();
  offset += items.length;
  document.getElementById('prices').append(...items.map((item) => {
    const li = document.createElement('li');
    li.textContent = item.sku + ' ' + item.price;
    return li;
  }));
  document.getElementById('more').hidden = offset >= total;
};
document.getElementById('more').addEventListener('click', load);
load();
</script>`,
  );

/** A page whose framework asks by remote calls, and a button that exports a file. */
export const shopsPage = (data: SiteData): string =>
  page(
    'Shops',
    data,
    `<main></main><button type="button" id="export">Export</button>
<script>
document.getElementById('export').addEventListener('click', () => { location.href = '/api/export'; });
fetch('/api/rpc', { method: 'POST', body: 'f.req=shops' }).then((answer) => answer.text()).then((text) => {
  document.querySelector('main').textContent = text.length + ' characters';
});
</script>`,
  );

/** JSON in a text in JSON, behind what keeps others from reading it as a script. */
export const shopsAnswer = ({ shops }: SiteData): string =>
  `)]}'\n\n${JSON.stringify([['wrb.fr', 'shops', JSON.stringify([null, shops.map(({ id, city }) => [id, city])]), null, 'generic']])}\n`;

/** In pieces, as whoever makes it while it is sent. */
export function exportedFile(response: ServerResponse, { orders }: SiteData): void {
  const quoted = (text: string): string => (/[;"\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  response.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="orders.csv"' });
  response.write('id;customer;amount\n');
  for (const { id, customer, amount } of orders)
    response.write(`${[id, customer, amount.replace('.', ',')].map(quoted).join(';')}\n`);
  response.end();
}
