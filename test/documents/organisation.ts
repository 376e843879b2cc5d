/** The organisation at GitHub that the README reads, on this machine. */
import { type FakeHttp, startFakeHttp } from '../fakes/http-server.ts';

const repositories = ['hello', 'world'].map((name, id) => ({
  ...{ id, name, stargazers_count: 40 + id, pushed_at: '2026-11-20T10:00:00Z' },
}));

/** What its query answers: the most stars first. */
export const ANSWER = /^name,stars,pushed_at\r\nworld,41,.*\r\nhello,40,.*\r\n$/;

export interface Organisation extends FakeHttp {
  /** A program of the README, with its address. */
  edited(text: string): string;
}

export async function startOrganisation(): Promise<Organisation> {
  const github = await startFakeHttp();
  github.serve(({ path, query }) =>
    path === '/orgs/github/repos' && query['per_page'] === '100' ? { json: repositories } : undefined,
  );
  return { ...github, edited: (text) => text.replace('https://api.github.com', github.url) };
}
