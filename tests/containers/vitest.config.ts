import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Not among the projects of `npm test`: tests/containers/run.ts runs these, with an engine. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['tests/containers/*.test.ts'],
    globalSetup: join(import.meta.dirname, 'build-images.ts'),
    // The profiles use the same ports.
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
})
