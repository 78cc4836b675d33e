import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test, vi } from 'vitest'
import { QuerySpecification } from '../../contracts/sandbox/query.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { openStore } from '../store/store.ts'
import type { Job } from './jobs.ts'
import { createReadThread } from './read-thread.ts'
import { createReadThreads } from './read-threads.ts'

const never = new AbortController().signal
const COUNT: Job = { kind: 'query', dataset: '__all__', question: QuerySpecification.parse({}) }
/** Backtracks for longer than any test waits. */
const ENDLESS: Job = {
  kind: 'query',
  dataset: '__all__',
  question: QuerySpecification.parse({
    calculated_fields: [{ name: 'x', expression: 'REG_MATCH($name, `^(a+)+$`)' }],
    breakdowns: ['x'],
  }),
}

const openThread = async () => (await threadOverStore()).thread

/** A store with one span; `put` adds one, whose ids have this digit. */
async function threadOverStore(limits = { timeLimitMs: 1_000, graceMs: 100 }) {
  const file = join(temporaryFolder(), 'sandbox.sqlite')
  const store = openStore(file)
  const thread = createReadThread(file, limits)
  onTestFinished(async () => {
    await thread.close()
    store.close()
  })
  const nowNs = String(BigInt(Date.now()) * 1_000_000n)
  const head = {
    service: 's',
    dataset: 'd',
    startMs: Date.now(),
    endMs: Date.now(),
    hasError: false,
    hasRoot: true,
    encoding: 'json' as const,
  }
  const put = (digit: string) => {
    const ids = { traceId: digit.repeat(32), spanId: digit.repeat(16) }
    const span = { ...ids, name: `${'a'.repeat(40)}!`, startTimeUnixNano: nowNs }
    const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }))
    const chunk = { ...head, traceId: span.traceId, spanIds: [span.spanId], name: span.name, body }
    return store.write(() => store.spans.put(chunk, Date.now()))
  }
  await put('1')
  return { file, thread, put }
}

test('a question that does not end by itself is ended, and those asked meanwhile are answered', async () => {
  const thread = await openThread()
  const slow = thread.ask(ENDLESS, never)
  // As a person who goes on typing: before and while the slow question runs.
  const others = [thread.ask(COUNT, never)]
  const typing = setInterval(() => others.push(thread.ask(COUNT, never)), 50)
  onTestFinished(() => clearInterval(typing))
  await expect(slow).rejects.toMatchObject({
    status: 503,
    message: expect.stringContaining('took longer than 1 seconds'),
  })
  clearInterval(typing)
  for (const answer of await Promise.all(others)) expect(JSON.parse(String(answer)).rows).toBe(1)
})

test('a cancelled question is rejected at once, whether it runs or waits', async () => {
  const thread = await openThread()
  const running = new AbortController()
  const waiting = new AbortController()
  const answers = [thread.ask(ENDLESS, running.signal), thread.ask(COUNT, waiting.signal)]
  running.abort()
  waiting.abort()
  for (const answer of answers)
    await expect(answer).rejects.toMatchObject({ message: expect.stringContaining('cancelled') })
  await expect(thread.ask(COUNT, running.signal)).rejects.toMatchObject({ status: 503 })
  expect(JSON.parse(String(await thread.ask(COUNT, never))).rows).toBe(1)
})

test('a list comes before the questions that wait', async () => {
  const thread = await openThread()
  const order: string[] = []
  const ask = async (job: Job) => {
    await thread.ask(job, never).catch(() => {})
    order.push(job.kind)
  }
  const menus: Job = { kind: 'request menus', question: { filter: {}, xray: {} } }
  const columns: Job = { kind: 'columns', dataset: '__all__' }
  await Promise.all([
    ask(COUNT),
    ask(columns),
    ask(menus),
    ask({ kind: 'trace peers', traceId: '1'.repeat(32) }),
  ])
  expect(order).toEqual(['query', 'request menus', 'trace peers', 'columns'])
})

const peersOf = (index: number): Job => ({ kind: 'trace peers', traceId: String(index).padStart(32, '0') })

test('equal jobs that wait are one, which goes on until all have left', async () => {
  const thread = await openThread()
  const first = thread.ask(ENDLESS, never)
  first.catch(() => {})
  const leaving = Array.from({ length: 3 }, () => new AbortController())
  const wiring = (nowMs: number): Job => ({ kind: 'wiring', nowMs })
  // More than may wait.
  const asked = Array.from({ length: 300 }, (_, index) => thread.ask(wiring(index), never))
  const left = leaving.map(({ signal }) => thread.ask(wiring(0), signal))
  const alone = new AbortController()
  const other = thread.ask(peersOf(1), alone.signal)
  for (const one of [...leaving, alone]) one.abort()
  for (const answer of [...left, other])
    await expect(answer).rejects.toMatchObject({ message: expect.stringContaining('cancelled') })
  const answers = new Set(await Promise.all(asked))
  expect(answers.size).toBe(1)
})

test('a job that runs answers none that is asked later, which sees newer records', async () => {
  const { thread, put } = await threadOverStore()
  await thread.ask(COUNT, never)
  const first = thread.ask(COUNT, never)
  await put('2')
  expect(JSON.parse(String(await thread.ask(COUNT, never))).rows).toBe(2)
  await first
})

test('a question whose client has left ends in the thread too, long before its time is over', async () => {
  const { thread } = await threadOverStore({ timeLimitMs: 600_000, graceMs: 100 })
  const client = new AbortController()
  const left = thread.ask(ENDLESS, client.signal)
  const next = thread.ask(COUNT, never)
  setTimeout(() => client.abort(), 500)
  await expect(left).rejects.toMatchObject({ status: 503 })
  expect(JSON.parse(String(await next)).rows).toBe(1)
})

test('so does one whose client leaves when everything is loaded', async () => {
  const { thread } = await threadOverStore({ timeLimitMs: 600_000, graceMs: 100 })
  const client = new AbortController()
  const { emit } = Worker.prototype
  const events = vi.spyOn(Worker.prototype, 'emit').mockImplementation(function (
    this: Worker,
    name,
    ...sent
  ) {
    if ((sent[0] as { kind?: unknown } | undefined)?.kind !== 'loaded') return emit.call(this, name, ...sent)
    // The message comes late, when the thread is in the expression.
    setTimeout(() => {
      client.abort()
      emit.call(this, name, ...sent)
    }, 300)
    return true
  })
  onTestFinished(() => events.mockRestore())
  const left = thread.ask(ENDLESS, client.signal)
  const next = thread.ask(COUNT, never)
  await expect(left).rejects.toMatchObject({ status: 503 })
  expect(JSON.parse(String(await next)).rows).toBe(1)
})

test('no list waits for a question that runs, and one with words does', async () => {
  const { file } = await threadOverStore()
  const threads = createReadThreads(file, { timeLimitMs: 600_000, graceMs: 100 })
  onTestFinished(() => threads.close())
  const order: string[] = []
  const ask = async (name: string, job: Job, signal = never) => {
    await threads.ask(job, signal).catch(() => {})
    order.push(name)
  }
  const page = (text?: string): Job => ({
    kind: 'request page',
    question: { filter: {}, xray: {}, text },
    ordering: { sort: 'name', order: 'asc' },
    after: undefined,
    limit: 10,
  })
  const client = new AbortController()
  const waiting = [ask('question', ENDLESS, client.signal), ask('words', page('plan'))]
  await ask('page', page())
  await ask('menus', { kind: 'request menus', question: { filter: {}, xray: {} } })
  client.abort()
  await Promise.all(waiting)
  expect(order).toEqual(['page', 'menus', 'question', 'words'])
})

test('more questions than may wait are refused', async () => {
  const thread = await openThread()
  const asked = await Promise.allSettled(
    Array.from({ length: 110 }, (_, index) => thread.ask(peersOf(index), never)),
  )
  expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
  expect(asked.at(-1)).toMatchObject({ reason: { status: 503, message: expect.stringContaining('waiting') } })
})

test('a question that cannot be passed to the thread is rejected, and the next one is answered', async () => {
  const thread = await openThread()
  const question = { ...COUNT, question: { limit: (() => {}) as unknown as number } } as Job
  await expect(thread.ask(question, never)).rejects.toThrow('could not be cloned')
  expect(JSON.parse(String(await thread.ask(COUNT, never))).rows).toBe(1)
})

test('closing ends the thread and rejects what is asked', async () => {
  const thread = await openThread()
  await thread.ask(COUNT, never)
  const endless = thread.ask(ENDLESS, never)
  endless.catch(() => {})
  await thread.close()
  await expect(endless).rejects.toMatchObject({ status: 503 })
  await expect(thread.ask(COUNT, never)).rejects.toMatchObject({ status: 503 })
})
