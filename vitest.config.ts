import { defineConfig } from 'vitest/config'

/** Most of these tests wait for processes of their own, so that more of them than cores run side by side. */
const WORKERS = 5

export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{settings,trace,scripts,backend,sandbox,workshop}/**/*.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          // What a file imports is loaded once for all: the AWS SDK and OpenTelemetry take longer than their tests.
          isolate: false,
        },
      },
      {
        test: {
          name: 'end-to-end',
          include: ['tests/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
