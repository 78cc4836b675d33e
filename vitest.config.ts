import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { IS_LONG } from './tests/harness/scale.ts'

/** More than the two cores of a small machine: many tests wait for processes. With more workers they wait for each other. */
const WORKERS = 5

/**
 * In each project the journeys start first: a journey takes one workspace through many commands and is longer than
 * any other test, and a core must not be idle at the end. The rest is in vitest's order: the durations of the last
 * run, or the sizes of the files where there was none.
 */
class JourneysFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isJourney = ({ moduleId }: TestSpecification) => moduleId.includes('/tests/journeys/')
    const sorted = await super.sort(files)
    return [...sorted.filter(isJourney), ...sorted.filter((file) => !isJourney(file))]
  }
}

/** Tests of speed, and of losing nothing at a rate: in the long run they have the machine to themselves. */
const MEASURED = IS_LONG ? ['tests/{ingest,datagrams,viewer-scale,live-viewers}.test.ts'] : []

/** They need a container engine, and every port of the workspace: `npm run test:containers`. */
const CONTAINERS = 'tests/containers/*.test.ts'

/** What becomes of telemetry while its provider fails. The long run is the whole matrix: `npm run test:faults`. */
const FAULTS = 'tests/faults/*.test.ts'

const SOURCES = '{analysis,contracts,settings,viewer,scripts,backend,sandbox,workshop}'

const endToEnd = {
  globalSetup: 'tests/harness/shared-workspace.ts',
  // GitHub's parser imports JSON in a way that Node rejects, and Vite accepts.
  server: { deps: { inline: ['@actions/workflow-parser'] } },
  testTimeout: 90_000,
  hookTimeout: 60_000,
}

export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    sequence: { sequencer: JourneysFirst },
    // A browser beside three other workers may need longer than vitest's second. At vitest's 50 ms, waiting for telemetry and
    // pages takes the CPU time that makes the others wait.
    expect: { poll: { timeout: 10_000, interval: 100 } },
    coverage: {
      provider: 'v8',
      // Code that runs in the tests' own process; what processes of their own execute is not counted.
      include: [`${SOURCES}/**/*.{ts,tsx}`],
      exclude: ['**/*.test.ts', '**/fixtures/**'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: [`${SOURCES}/**/*.test.ts`, 'bench/overhead/*.test.ts'],
          // The long run repeats some of them a hundred times as often.
          testTimeout: IS_LONG ? 120_000 : 20_000,
          hookTimeout: 20_000,
          // A worker loads a module once for all its files: the AWS SDK and OpenTelemetry take longer than their tests.
          isolate: false,
        },
      },
      {
        test: {
          ...endToEnd,
          name: 'end-to-end',
          include: ['tests/**/*.test.ts'],
          exclude: [...MEASURED, FAULTS, CONTAINERS],
          // As above, and so that a worker opens one browser. What these tests are about runs in other processes.
          isolate: false,
        },
      },
      {
        test: {
          name: 'faults',
          include: [FAULTS],
          globalSetup: 'tests/harness/fault-matrix.ts',
          testTimeout: 150_000,
          hookTimeout: 60_000,
          isolate: false,
          // In the long run after the measured ones.
          ...(MEASURED.length > 0 && { sequence: { groupOrder: 2 } }),
        },
      },
      ...(MEASURED.length === 0
        ? []
        : [
            {
              test: {
                ...endToEnd,
                name: 'measured',
                include: MEASURED,
                // After all other tests, one file at a time.
                sequence: { groupOrder: 1 },
                maxWorkers: 1,
              },
            },
          ]),
    ],
  },
})
