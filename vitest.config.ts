import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '.tidemill/**'],
    globalSetup: 'test/temporary-folder.ts',
    // A test that hangs is a failure with a name, not a build that is killed.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
