/**
 * `npm run test:promises` tries every stream of every service, `npm test` the largest of each with fewer records; and it
 * holds warehouses to a hundred sequences of packages, `npm test` to the first eight of them; in slices to forty.
 */
export const isThorough = process.env['TIDEMILL_TEST_THOROUGH'] === 'true';
