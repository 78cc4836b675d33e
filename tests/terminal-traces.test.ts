import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId, toXRayTraceId } from '../contracts/trace-id.ts'
import { readDocument } from './harness/documents.ts'
import { HOSTILE_TEXT } from './harness/lens-traces.ts'
import { ROOT, spawnProcess } from './harness/process.ts'
import { hasPty, startInTerminal } from './harness/pty.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { type SpanData, sendError, sendSegments, sendSpans } from './harness/viewer-data.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

let sandbox: SandboxForTest
let workspace: TestWorkspace
/** The port of the sandbox in this process. */
let env: Record<string, string>
/** The width of a step of the chart in docs/terminal.md: both requests have to be in one. */
const STEP_MS = 15_000
const startMs = (Math.floor(Date.now() / STEP_MS) - 1) * STEP_MS + 2_000
const ids = { fast: newTraceId(startMs), slow: newTraceId(startMs + 1_000) }
/** What docs/terminal.md has in their place. */
const WRITTEN = { fast: '6b03338a3466b3a098d40d78df8756e6', slow: '6b03338b91c2d7f0b1e5c6a7d8091a2b' }

beforeAll(async () => {
  sandbox = await sandboxForTest()
  workspace = await createWorkspace()
  env = { SANDBOX_PORT: new URL(sandbox.url).port, NO_COLOR: '1' }
  await sendHome(ids.fast, startMs, { queries: 1, fails: false })
  await sendHome(ids.slow, startMs + 1_000, { queries: 12, fails: true })
})

afterAll(async () => {
  await workspace.dispose()
  await sandbox[Symbol.asyncDispose]()
})

/** A request for the home page, which looks profiles up with so many queries. */
async function sendHome(
  traceId: string,
  atMs: number,
  { queries, fails }: { queries: number; fails: boolean },
) {
  const [root, call, profiles] = [newSpanId(), newSpanId(), newSpanId()]
  const took = queries * 30
  const http = (more: Record<string, string | number>) => ({ 'http.request.method': 'GET', ...more })
  const [service, other] = ['cruddur-backend', 'cruddur-backend-profiles']
  const route = '/api/activities/home'
  await sendSpans(sandbox, traceId, atMs, service, [
    {
      ...{ spanId: root, name: `GET ${route}`, at: 0, took: took + 14, kind: 2, isError: fails },
      attributes: http({ 'http.route': route, 'http.response.status_code': fails ? 500 : 200 }),
    },
    {
      ...{ spanId: call, parentSpanId: root, name: 'GET', at: 4, took: took + 8, kind: 3 },
      attributes: http({ 'url.full': 'http://localhost:4568/api/profiles?handles=maya' }),
    },
  ])
  await sendSpans(sandbox, traceId, atMs, other, [
    { spanId: profiles, parentSpanId: call, name: 'GET /api/profiles', at: 6, took: took + 4, kind: 2 },
    ...Array.from(
      { length: queries },
      (_, index): SpanData => ({
        ...{
          spanId: newSpanId(),
          parentSpanId: profiles,
          name: 'pg.query:SELECT',
          at: 8 + index * 30,
          took: 28,
          kind: 3,
        },
        attributes: { 'db.query.text': `SELECT handle FROM profiles WHERE uuid = ${index}` },
      }),
    ),
  ])
  const [first, last] = [atMs / 1_000, (atMs + took + 14) / 1_000]
  await sendSegments(sandbox, [
    {
      ...{ name: service, id: root, trace_id: toXRayTraceId(traceId), start_time: first, end_time: last },
      ...(fails && { fault: true }),
      subsegments: [
        { name: other, id: call, namespace: 'remote', start_time: first + 0.004, end_time: last - 0.002 },
      ],
    },
  ])
  if (fails) await sendError(sandbox, { traceId, spanId: root, atMs, message: 'no profile of maya' })
}

const run = (name: string, args: readonly string[], more: Record<string, string> = {}) =>
  workspace.command(name, args, { ...env, ...more })

/** What differs from run to run: clocks, ids, and where in a chart the two requests are. */
function normalised(text: string): string {
  return (
    text
      .replaceAll(`:${env.SANDBOX_PORT}`, ':4318')
      // A clock has its date where that is not today's: the requests are of yesterday just after midnight.
      .replace(/\d+ [A-Z][a-z]{2} (?=\d\d:)/g, '')
      .replace(/\b\d\d:\d\d:\d\d(\.\d{3})?/g, '<time>')
      .replace(/[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/g, '<uuid>')
      .replace(/[▁-█░▒▓ ]*[▁-█░▒▓][▁-█░▒▓ ]*$/gm, ' <chart>')
      .replace(/[ \t]+/g, ' ')
      .trim()
  )
}

/** Trace ids in both notations and shortened, of one set for those of another. */
function withIds(text: string, from: typeof ids, to: typeof ids): string {
  return (['fast', 'slow'] as const).reduce((shown, name) => {
    const forms = (id: string) => [id, toXRayTraceId(id), id.slice(0, 14)]
    return forms(from[name]).reduce(
      (part, form, index) => part.replaceAll(form, forms(to[name])[index] ?? ''),
      shown,
    )
  }, text)
}

describe('docs/terminal.md', () => {
  const blocks = readDocument('docs/terminal.md').blocks.filter(({ text }) => text.startsWith('$ npm run '))

  test('has an example of each command', () => {
    const commands = blocks.map(({ text }) => /npm run (\w+ -- \w*)/.exec(text)?.[1])
    expect(commands).toEqual(
      expect.arrayContaining(['traces -- find', 'traces -- show', 'traces -- compare', 'ask -- ']),
    )
  })

  test.each(blocks.map(({ text }) => [text.split('\n')[0] ?? '', text.split('\n').slice(1).join('\n')]))(
    '%s',
    async (typed, written) => {
      const [, name = '', rest = ''] = /npm run (\w+) -- (.*)$/.exec(withIds(typed, WRITTEN, ids)) ?? []
      const args = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
      const { code, stdout, stderr } = await run(name, args)
      expect(stderr).toBe('')
      expect(code).toBe(0)
      expect(normalised(withIds(stdout, ids, WRITTEN))).toBe(normalised(written))
    },
  )
})

test('with --json standard output is data, page by page', async () => {
  const args = ['find', '--json', '--limit', '1', '--filter', 'service("cruddur-backend")']
  const first = await run('traces', args)
  expect(first).toMatchObject({ code: 0, stderr: '' })
  const page = JSON.parse(first.stdout)
  expect(page).toMatchObject({ requests: [{ traceId: ids.slow, status: 500 }], matching: 2, stored: 2 })
  const second = JSON.parse((await run('traces', [...args, '--after', page.next])).stdout)
  expect(second.requests).toMatchObject([{ traceId: ids.fast }])
  const shown = JSON.parse((await run('traces', ['show', toXRayTraceId(ids.slow), '--json'])).stdout)
  expect(shown).toMatchObject({
    traceId: ids.slow,
    url: expect.stringContaining(`/trace/${ids.slow}#honeycomb`),
  })
  expect(shown.spans).toHaveLength(15)
})

test('a specification on standard input is asked, and its groups are CSV', async () => {
  const question = { breakdowns: ['service.name'], orders: [{ op: 'COUNT', order: 'descending' }] }
  const asked = spawnProcess(
    [join('scripts', 'commands', 'ask.ts'), '--csv'],
    { ...workspace.env, ...env },
    {
      input: JSON.stringify(question),
    },
  )
  expect(await asked.exited).toBe(0)
  expect(asked.stdout()).toBe('service.name,COUNT\r\ncruddur-backend-profiles,15\r\ncruddur-backend,4\r\n')
})

test('a failure that a person can fix ends with its fix', { timeout: 30_000 }, async () => {
  const unknown = newTraceId()
  const [trace, clause, down, dataset, usage] = await Promise.all([
    run('traces', ['show', unknown]),
    run('ask', ['--calculate', 'SUM(duration_ms)', '--order', 'MAX(duration_ms)']),
    run('traces', ['tail'], { SANDBOX_PORT: '1' }),
    run('ask', ['--dataset', 'nope', '--calculate', 'COUNT']),
    run('traces', ['show', 'abc']),
  ])
  expect(trace).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(`nothing of trace ${unknown}`),
  })
  expect(trace.stderr).toContain('npm run traces -- find')
  expect(clause).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('ORDER BY MAX(duration_ms) asc: '),
  })
  expect(down).toMatchObject({ code: 1, stderr: expect.stringContaining('npm run sandbox') })
  expect(dataset).toMatchObject({ code: 1, stderr: expect.stringContaining('--dataset cruddur-backend') })
  expect(usage).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('That is not a trace id'),
  })
})

test('tail shows requests as they arrive, whatever their names, and ends with Ctrl-C', async () => {
  await using followed = await sandboxForTest()
  const here = { ...workspace.env, ...env, SANDBOX_PORT: String(followed.port) }
  const command = [join('scripts', 'commands', 'traces.ts'), 'tail']
  const [people, reader] = [[], ['--json']].map((more) =>
    spawnProcess([...command, ...more, '--service', 'shop'], here),
  )
  if (!people || !reader) throw new Error('two processes')
  for (const { stderr } of [people, reader])
    await expect.poll(stderr, { timeout: 15_000 }).toContain('Waiting for requests')
  const span = { spanId: newSpanId(), name: `GET ${HOSTILE_TEXT}`, at: 0, took: 12, kind: 2 }
  const [traceId, other] = [newTraceId(), newTraceId()]
  await sendSpans(followed, other, Date.now(), 'other', [span])
  await sendSpans(followed, traceId, Date.now(), 'shop', [span])
  await expect.poll(people.stdout, { timeout: 15_000 }).toMatch(/\n/)
  expect(people.stdout()).toMatch(
    new RegExp(`^ {2}\\S+ +– +12 ms +H1 X– R– +GET .*${traceId.slice(0, 14)}\\n$`),
  )
  expect(people.stdout()).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}]/u)
  const [line = ''] = reader.stdout().split('\n')
  expect(JSON.parse(line)).toMatchObject({ traceId, services: ['shop'] })

  // `| head` has ended: the next request finds no reader.
  reader.child.stdout?.destroy()
  await sendSpans(followed, newTraceId(), Date.now(), 'shop', [span])
  expect(await reader.exited).toBe(0)
  people.child.kill('SIGINT')
  expect(await people.exited).toBe(0)
})

test.skipIf(!hasPty)('ask without a question on a terminal shows its help, and reads nothing', async () => {
  const terminal = startInTerminal([process.execPath, join('scripts', 'commands', 'ask.ts')], {
    cwd: ROOT,
    env: workspace.env,
  })
  expect(await terminal.exited).toBe(0)
  expect(await terminal.screen()).toContain('Usage: npm run ask')
})
