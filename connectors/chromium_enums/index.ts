import { connector, declaredIn } from '@tidemill/kit';
import manifest from './package.json' with { type: 'json' };
import { enumValues } from './streams.ts';

export default connector({
  service: 'chromium_enums',
  title: 'Chromium: the values that its use counters count',
  homepage: 'https://chromium.googlesource.com/chromium/src/+/main/tools/metrics/histograms/README.md',
  isPublic: true,
  baseUrl: 'https://chromium.googlesource.com/chromium/src/+/main/tools/metrics/histograms/metadata/blink',
  credentials: declaredIn(manifest).credentials,
  streams: [enumValues],
});
