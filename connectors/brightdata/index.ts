import { connector, declaredIn } from '@tidemill/kit';
import { Account } from './answers.ts';
import { classify } from './classify.ts';
import manifest from './package.json' with { type: 'json' };
import { facebookPosts, posts, snapshots } from './streams.ts';

export default connector({
  service: 'brightdata',
  title: 'Bright Data: posts that its scrapers collect',
  homepage: 'https://brightdata.com',
  baseUrl: 'https://api.brightdata.com',
  credentials: declaredIn(manifest).credentials,
  authorize: ({ BRIGHTDATA_API_KEY: key }) => ({ authorization: `Bearer ${key}` }),
  async whoami(http) {
    return (await http.json('status', Account)).value.customer;
  },
  classify,
  shutOut: { answers: 25, perSeconds: 300, source: 'https://docs.brightdata.com/products/scrapers/error-codes' },
  streams: [facebookPosts, posts, snapshots],
});
