import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Many of these tests wait for processes of their own, so that more of them than cores run side by side; with more than this they wait for each other. */
const WORKERS = 4

/** What takes longest begins first, so that no core is idle at the end. Anything else comes after, as vitest has it. */
const FIRST = [
  'tests/workshop',
  'tests/containers',
  'tests/sampling',
  'tests/one-trace',
  'tests/sql',
  'tests/stranger-on-udp',
  'tests/viewer',
  'tests/doctor',
  'tests/faulty-doors',
  'tests/drain',
  'scripts/processes/ensure-running',
  'scripts/processes/stop-all',
  'tests/killed-setup',
  'tests/live',
  'tests/terminal',
  'tests/bootstrap',
  'scripts/processes/foreground',
  'tests/',
  'scripts/',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = FIRST.findIndex((part) => moduleId.includes(`/${part}`))
      return index === -1 ? FIRST.length : index
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

/** What says how fast something is, or that nothing is lost at a rate: whole, it has the machine for itself. */
const MEASURED = process.env.TEST_LONG === '1' ? ['tests/{ingest,datagrams,viewer-scale}.test.ts'] : []

export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{contracts,settings,viewer,scripts,backend,sandbox,workshop}/**/*.test.ts'],
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
          exclude: MEASURED,
          globalSetup: 'tests/harness/shared-workspace.ts',
          testTimeout: 90_000,
          hookTimeout: 60_000,
          // As above: what these tests are about is in processes of its own.
          isolate: false,
        },
      },
      ...(MEASURED.length === 0
        ? []
        : [
            {
              test: {
                name: 'measured',
                include: MEASURED,
                globalSetup: 'tests/harness/shared-workspace.ts',
                testTimeout: 90_000,
                hookTimeout: 60_000,
                // After all others, one at a time.
                sequence: { groupOrder: 1 },
                maxWorkers: 1,
              },
            },
          ]),
    ],
  },
})
