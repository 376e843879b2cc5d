import type { TidemillError } from '@tidemill/kit';

/** An error that is about one crawl, which the path of the request does not name. */
export class CrawlFault extends Error {
  readonly crawlId: string;
  readonly error: TidemillError;

  constructor(crawlId: string, error: TidemillError) {
    super(error.message, { cause: error });
    this.crawlId = crawlId;
    this.error = error;
  }
}
