import { connector, declaredIn } from '@tidemill/kit';
import { classify } from './answer.ts';
import manifest from './package.json' with { type: 'json' };
import { featureUse } from './streams.ts';
import { tokens } from './tokens.ts';

export default connector({
  service: 'chromium_uma',
  title: 'Chromium UMA: how many page loads in Chrome use which web feature, day by day',
  homepage: 'https://chromestatus.com/metrics/webfeature/popularity',
  baseUrl: 'https://uma-export.appspot.com/webstatus',
  credentials: declaredIn(manifest).credentials,
  tokens,
  classify,
  streams: [featureUse],
});
