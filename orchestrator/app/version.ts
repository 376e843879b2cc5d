import manifest from '../package.json' with { type: 'json' };

/** Of this Tidemill. */
export const { version } = manifest;
