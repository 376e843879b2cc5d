import { connector, declaredIn } from '@tidemill/kit';
import manifest from './package.json' with { type: 'json' };
import { browserSupport, compatKeys, features, groups, movedFeatures, snapshots } from './streams.ts';

export default connector({
  service: 'web_features',
  title: 'web-features: the features of the web platform and their Baseline status',
  homepage: 'https://github.com/web-platform-dx/web-features',
  isPublic: true,
  credentials: declaredIn(manifest).credentials,
  streams: [features, movedFeatures, groups, snapshots, browserSupport, compatKeys],
});
