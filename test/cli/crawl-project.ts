/** A project whose only job is crawled, by a service that a test plays. */
import { type CrawlVendor, crawlVendor } from '../fakes/crawl-vendor.ts';
import { type FakeHttp, startFakeHttp } from '../fakes/http-server.ts';
import { CRAWLED } from '../fixtures/crawled-module.ts';
import { type Outcome, type Project, project } from './project.ts';

export interface CrawlProject {
  readonly server: FakeHttp;
  readonly vendor: CrawlVendor;
  readonly here: Project;
  /** Writes the configuration: the job `pages`, with these keys besides; or jobs instead. */
  configure(more?: object, jobs?: Readonly<Record<string, object>>): void;
  /** At this instant, from which on it is that time. */
  run(args: readonly string[], at?: string): Promise<Outcome>;
  close(): Promise<void>;
}

/** It is noon, the day before the first slot (six o'clock); crawls take ten minutes. */
export async function crawlProject(): Promise<CrawlProject> {
  let now = '2026-11-20T12:00:00Z';
  const vendor = crawlVendor({ now: () => new Date(now) });
  const server = await startFakeHttp();
  server.serve((request) => vendor.answer(request));
  const here = await project({});
  const job = {
    ...{ service: 'crawled', data_type: 'pages', cron: '0 6 * * *', options: { pages: ['a', 'b'] } },
    crawl: { wait_seconds: 0 },
  };
  const configure: CrawlProject['configure'] = (more = {}, jobs = { pages: {} }) => {
    const all = Object.entries(jobs).map(([id, own]) => [id, { ...job, ...more, ...own }]);
    const services = { crawled: { package: CRAWLED, base_url: server.url } };
    here.write('ingestion-config.yaml', JSON.stringify({ services, jobs: Object.fromEntries(all) }));
  };
  configure();
  const run: CrawlProject['run'] = (args, at = now) => {
    now = at;
    return here.run(args, { now });
  };
  return { server, vendor, here, configure, run, close: () => server.close() };
}
