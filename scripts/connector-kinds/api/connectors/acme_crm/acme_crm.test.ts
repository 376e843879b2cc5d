import { connectorContract, type Reply, type SeenRequest, type SourceFake, startFakeHttp } from '@tidemill/testing';
import type { Contact } from './schema.ts';

const PAGE_SIZE = 2;

const contact = (id: number, updated_at: string): Contact => ({
  id: `c${id}`,
  name: `Contact ${id}`,
  email: id % 2 === 0 ? `c${id}@example.org` : null,
  updated_at,
});

const first = [1, 2, 3, 4, 5].map((id) => contact(id, `2026-11-20T0${id}:00:00Z`));
const later = [...first.slice(1), contact(1, '2026-11-21T06:00:00Z'), contact(6, '2026-11-21T06:30:00Z')];
const many = Array.from({ length: 120 }, (_, day) => contact(day, new Date(Date.UTC(2026, 6, 1 + day)).toISOString()));
const malformed = [...first, { ...contact(7, '2026-11-20T07:00:00Z'), name: null }];

await connectorContract<readonly unknown[]>('acme_crm', {
  module: new URL('./index.ts', import.meta.url),
  open: openSource,
  streams: {
    contacts: {
      first: { contents: first, rows: 5 },
      later: { contents: later, rows: 6 },
      malformed: { contents: malformed, rows: 5 },
      paged: { contents: many },
    },
  },
});

/** The service as its documentation describes it, on a port of this machine. */
async function openSource(): Promise<SourceFake<readonly unknown[]>> {
  const server = await startFakeHttp();
  return {
    baseUrl: server.url,
    publish: (contents) => server.serve((request) => answer(request, contents as readonly Contact[])),
    close: () => server.close(),
  };
}

function answer({ path, query, headers }: SeenRequest, all: readonly Contact[]): Reply | undefined {
  if (path !== '/contacts') return undefined;
  if (!headers['authorization']?.startsWith('Bearer ')) return { status: 401 };
  const { updated_since = '', updated_before = '', page_token = '0' } = query;
  const [since, before] = [Date.parse(updated_since), Date.parse(updated_before)];
  const found = all.filter(({ updated_at }) => Date.parse(updated_at) >= since && Date.parse(updated_at) < before);
  const asked = found.sort((a, b) => Date.parse(a.updated_at) - Date.parse(b.updated_at));
  const end = Number(page_token) + PAGE_SIZE;
  const contacts = asked.slice(Number(page_token), end);
  return { json: { contacts, next_page_token: end < asked.length ? String(end) : null } };
}
