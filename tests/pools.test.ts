import { afterAll, beforeAll, inject, test } from 'vitest'
import { ROOT } from './harness/process.ts'
import { run } from './harness/run.ts'
import { scaled } from './harness/scale.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

let workspace: TestWorkspace

beforeAll(async () => {
  workspace = await createWorkspace()
  await workspace.startSandboxHere()
})

afterAll(() => workspace.dispose())

/** In the short run one for each way in which Node loads a package. */
const STYLES = scaled(
  ['named import', 'required'],
  ['named import', 'default import', 'pg-pool, imported', 'required'],
)

test.concurrent.for(STYLES)(
  'a stock pool of one connection keeps each query in its own trace: %s',
  async (style, { expect }) => {
    const args = [
      '--import',
      './tests/fixtures/instrumentation.ts',
      'tests/fixtures/pools.ts',
      style,
      inject('databaseUrl'),
    ]
    const env = { ...workspace.env, OTEL_EXPORTER_OTLP_ENDPOINT: workspace.sandbox }
    const { stdout, stderr } = await run(process.execPath, args, { cwd: ROOT, env })
    const traces = JSON.parse(stdout || '[]') as { use: string; traceId: string }[]
    expect(traces, stderr).toHaveLength(30)
    for (const { use, traceId } of traces) {
      const { spans } = (await workspace.trace(traceId)).honeycomb
      const root = spans.find(({ parentSpanId }) => !parentSpanId)
      const queries = spans.filter((span) => span !== root)
      expect(
        queries.map(({ name, parentSpanId }) => ({ name, parentSpanId })),
        use,
      ).toEqual([{ name: `${use.split(' ', 1)[0]} cruddur`, parentSpanId: root?.spanId }])
    }
  },
)
