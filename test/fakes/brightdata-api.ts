/** What Bright Data answers whoever has a key, by its OpenAPI: https://docs.brightdata.com/api-reference/scrapers */
import { type FakeCrawl, FakeCrawls, type Fate, inputCsv, partsOf, piecesOf } from './brightdata-crawls.ts';
import { inputsOf, parameters, plain, TOO_MANY_JOBS, wrongParameter } from './brightdata-errors.ts';
import type { Reply, SeenRequest } from './http-server.ts';
import type { Fields, Series } from './todoist-completed.ts';

export interface BrightDataContents {
  /** What is found by whoever is triggered from now on. */
  readonly posts?: Series<Fields>;
  /** Crawls that others have triggered, as they are listed. A lazy series is not cut by dates. */
  readonly listed?: Series<Fields>;
  readonly fate?: Fate;
}

/** A scraper, beside the one of Facebook posts. */
export const OTHER_DATASET = 'gd_fakedataset01';
const DATASETS = ['gd_lkaxegm826bjpoo9m5', OTHER_DATASET];

const API = '/datasets/v3';
const OVER = /^(?:ready|failed|canceled)$/;
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

export class BrightDataApi {
  readonly crawls = new FakeCrawls();
  /** So many may run at a time. */
  mostRunning = Number.POSITIVE_INFINITY;
  #contents: BrightDataContents = {};

  publish(contents: BrightDataContents): void {
    this.#contents = contents;
    this.crawls.fate = contents.fate ?? {};
  }

  /** Undefined for what there is not. */
  answer(request: SeenRequest): Reply | undefined {
    const { method, path } = request;
    switch (`${method} ${path}`) {
      case 'GET /status':
        return { json: { status: 'active', customer: 'hl_fake' } };
      case `POST ${API}/trigger`:
        return wrongParameter(request, parameters.trigger) ?? this.#trigger(request);
      case `GET ${API}/snapshots`:
        return wrongParameter(request, parameters.list) ?? { json: this.#list(request) };
      default:
        return this.#ofCrawl(request);
    }
  }

  #trigger({ query: { dataset_id: dataset }, headers, body }: SeenRequest): Reply {
    if (dataset === undefined) return plain(404, 'Collector not found');
    if (!DATASETS.includes(dataset)) return plain(404, 'dataset does not exist');
    if (headers['content-type'] !== 'application/json') return plain(400, 'Invalid attachments');
    const inputs = inputsOf(body);
    if (!('length' in inputs)) return inputs;
    const running = this.crawls.all.filter((crawl) => !OVER.test(this.crawls.statusOf(crawl)));
    if (running.length >= this.mostRunning) return TOO_MANY_JOBS;
    const { id, fate } = this.crawls.trigger(dataset, inputs as readonly Fields[], this.#contents.posts ?? []);
    return fate.losesAnswer === true ? { fault: 'reset' } : { json: { snapshot_id: id } };
  }

  /** The newest first. */
  #list({ query }: SeenRequest): Fields[] {
    const { dataset_id, status, from_date = '0001-01-01', to_date = '9999-12-31', skip = '0', limit = '1000' } = query;
    const own = this.crawls.all
      .filter((crawl) => crawl.dataset === dataset_id && this.crawls.isListed(crawl))
      .map((crawl) => listed(crawl, this.crawls.statusOf(crawl)))
      .reverse();
    const all = concat(own, this.#contents.listed ?? []);
    const [from, count] = [Number(skip), Number(limit)];
    if (!Array.isArray(this.#contents.listed ?? [])) return sliceOf(all, from, count);
    const isAsked = ({ created, status: is }: Fields): boolean =>
      (status === undefined || is === status) &&
      `${created}`.slice(0, 10) > from_date &&
      `${created}`.slice(0, 10) <= to_date;
    return sliceOf(all, 0, all.length)
      .filter(isAsked)
      .slice(from, from + count);
  }

  #ofCrawl(request: SeenRequest): Reply | undefined {
    const [, of, id = '', what = ''] =
      /^\/datasets\/v3\/(progress|snapshot)\/([^/]+)(\/\w+)?$/.exec(request.path) ?? [];
    const route = `${request.method} ${of}${what}`;
    const names = { 'GET snapshot': parameters.snapshot, 'GET snapshot/parts': parameters.parts }[route];
    const wrong = wrongParameter(request, names ?? parameters.none);
    const crawl = this.crawls.find(id);
    switch (route) {
      case 'GET progress':
        return wrong ?? this.#progress(crawl);
      case 'GET snapshot':
      case 'GET snapshot/input':
      case 'GET snapshot/parts':
      case 'POST snapshot/cancel':
        return (
          wrong ?? (crawl === undefined ? plain(404, 'Snapshot does not exist') : this.#snapshot(request, crawl, what))
        );
      default:
        return undefined;
    }
  }

  #progress(crawl: FakeCrawl | undefined): Reply {
    if (crawl === undefined) return { status: 404, json: { error: 'Snapshot not found' } };
    return { json: progressOf(crawl, this.crawls.statusOf(crawl)) };
  }

  #snapshot(request: SeenRequest, crawl: FakeCrawl, what: string): Reply {
    switch (what) {
      case '/input':
        if (crawl.fate.hidesInput === true) return plain(400, 'Snapshot input does not exist');
        return { headers: { 'content-type': 'text/csv' }, body: inputCsv(crawl) };
      case '/parts':
        return this.crawls.isThere(crawl) ? { json: { parts: partsOf(crawl) } } : plain(400, 'Snapshot is not ready');
      case '/cancel':
        if (OVER.test(this.crawls.statusOf(crawl))) return plain(400, 'Snapshot is not running');
        crawl.canceledAt = this.crawls.now;
        return plain(200, 'OK');
      default:
        return this.#download(request, crawl);
    }
  }

  #download({ query: { batch_size, part = '1' } }: SeenRequest, crawl: FakeCrawl): Reply {
    const { refused, notReady = 202 } = crawl.fate;
    if (refused === 'empty') return plain(400, 'Snapshot is empty');
    if (!this.crawls.isThere(crawl)) return notReadyReply(notReady, this.crawls.statusOf(crawl));
    if (refused === 'expired') return plain(400, 'Snapshot is expired');
    if (batch_size !== undefined) return { headers: JSON_TYPE, pieces: piecesOf(crawl, Number(part)) };
    if (refused === 'too-large') return plain(400, 'Snapshot is too big for single file delivery');
    return { headers: JSON_TYPE, pieces: piecesOf(crawl) };
  }
}

function progressOf({ id, dataset, fate, posts }: FakeCrawl, status: string): Fields {
  const known = { snapshot_id: id, dataset_id: dataset, status };
  if (status === 'ready') return { ...known, records: posts.length, errors: fate.errors?.length ?? 0 };
  return status === 'failed' ? { ...known, error_message: fate.message ?? 'No data found in discovery' } : known;
}

const listed = ({ id, dataset, triggeredAt, posts }: FakeCrawl, status: string): Fields => ({
  id,
  created: new Date(triggeredAt).toISOString(),
  status,
  dataset_id: dataset,
  ...(status === 'ready' ? { dataset_size: posts.length } : {}),
  trigger: { type: 'API' },
});

/** The documents name three ways. */
function notReadyReply(status: 202 | 409 | 200, says: string): Reply {
  if (status === 409) return { status, json: { error: 'Snapshot is not ready for download' } };
  return { status, json: { status: says, message: 'Snapshot is not ready yet, try again in 10s' } };
}

const concat = (first: readonly Fields[], second: Series<Fields>): Series<Fields> => ({
  length: first.length + second.length,
  at: (index) => (index < first.length ? first[index] : second.at(index - first.length)),
});

const sliceOf = (all: Series<Fields>, from: number, count: number): Fields[] =>
  Array.from({ length: Math.max(0, Math.min(count, all.length - from)) }, (_, index) => all.at(from + index) as Fields);
