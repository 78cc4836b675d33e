import { runCommand } from '../command-line/command.ts'
import { FILTER_OPTIONS, ORDER_OPTIONS } from '../traces/request-filters.ts'

const meta = {
  name: 'traces',
  summary: 'Lists and follows the requests in the sandbox, shows one as a tree of spans, or compares two.',
  positionals: 'tail | find | show ID | compare A B',
  options: {
    ...FILTER_OPTIONS,
    ...ORDER_OPTIONS,
    limit: { type: 'string', meaning: 'With find: requests (20). With show and compare: spans, paths (100)' },
    lens: { type: 'string', meaning: 'With show and compare: honeycomb, xray or rollbar' },
    span: { type: 'string', meaning: 'With show: the attributes of spans with this id or name' },
    all: {
      type: 'boolean',
      meaning: 'With show: each of like siblings. With compare: paths without a change',
    },
    json: { type: 'boolean', meaning: 'Prints data as JSON; with tail one request a line' },
  },
  examples: [
    'npm run traces -- tail                             requests as they arrive, until Ctrl-C',
    'npm run traces -- find --status error --since 10m  the newest first',
    'npm run traces -- find --sort duration --lacks xray',
    'npm run traces -- show 6b03338a3466b3              the first digits of an id are enough',
    'npm run traces -- show 1-6b03338a-3466b3a098d40d78df8756e6 --lens xray',
    'npm run traces -- show 6b03338a3466b3 --span "GET /api"',
    'npm run traces -- compare 6b03338a3466b3 6b03338b91c2d7',
    'npm run --silent traces -- find --json | jq -r ".requests[].traceId"',
  ],
  notes: [
    'tail, find: H4 X3 R1 are the records of Honeycomb, X-Ray and Rollbar; – is none.',
    'tail shows a request when no record of it has come for a second, and again with a + when more came later.',
  ],
} as const

await runCommand(meta, async (invocation) => {
  const { runTraces } = await import('../traces/run-traces.ts')
  await runTraces(invocation)
})
