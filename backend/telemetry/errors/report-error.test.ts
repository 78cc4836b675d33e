import { context, DiagLogLevel, diag, SpanStatusCode } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createScrub } from '../privacy/scrub.ts'
import { createExceptionProcessor, createReportError } from './report-error.ts'
import type { ReportedError } from './reported-error.ts'

const scrub = createScrub(['hunter2-long'])
const exporter = new InMemorySpanExporter()
const tracer = new TracerProvider({
  spanProcessors: [createExceptionProcessor(scrub), new SimpleSpanProcessor({ exporter })],
}).getTracer('test')

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})
afterAll(() => context.disable())
beforeEach(() => exporter.reset())

type Receiver = (error: ReportedError) => void

/** Reports to these receivers in a span; returns what each has received. */
function report(thrown: unknown, rollbar?: Receiver, log?: Receiver) {
  const received: Record<string, ReportedError> = {}
  const reportError = createReportError(
    {
      error: ({ err }: { err: ReportedError }) => {
        received.log = err
        log?.(err)
      },
    } as never,
    {
      load() {},
      report(error) {
        received.rollbar = error
        rollbar?.(error)
        return 'a uuid'
      },
      flush: () => Promise.resolve(),
    },
    scrub,
  )
  const uuid = tracer.startActiveSpan('request', (span) => {
    const result = reportError(thrown)
    span.end()
    return result
  })
  const [span] = exporter.getFinishedSpans()
  return { received, uuid, span }
}

const failing = () => {
  throw new Error('down')
}

test('span, log and Rollbar receive the same', () => {
  const { received, uuid, span } = report(new TypeError('hunter2-long', { cause: new Error('why') }))
  const { rollbar, log } = received
  expect(log).toBe(rollbar)
  expect(log).toMatchObject({ type: 'TypeError', message: 'REDACTED', causes: [{ message: 'why' }] })
  expect(uuid).toBe('a uuid')
  expect(span).toMatchObject({
    status: { code: SpanStatusCode.ERROR, message: 'REDACTED' },
    attributes: { 'rollbar.uuid': 'a uuid' },
    events: [
      {
        name: 'exception',
        attributes: {
          'exception.type': 'TypeError',
          'exception.message': 'REDACTED',
          'exception.stacktrace': log?.stack,
        },
      },
    ],
  })
})

test('the failure of one receiver does not affect the others', () => {
  const errors: string[] = []
  const write = (message: string) => errors.push(message)
  diag.setLogger({ error: write, warn: write, info: write, debug: write, verbose: write }, DiagLogLevel.ERROR)
  const { received, uuid, span } = report(new Error('x'), failing, failing)
  diag.disable()
  expect(uuid).toBeUndefined()
  expect(received.log?.message).toBe('x')
  expect(span?.events).toHaveLength(1)
  expect(errors).toEqual([
    'an error was not reported to Rollbar: down',
    'an error was not reported to the log: down',
  ])
})

test('exceptions that instrumentations record have their class, their causes and no secret', () => {
  const span = tracer.startSpan('call')
  const refused = Object.assign(new RangeError('hunter2-long', { cause: 'why' }), { code: 'ECONNREFUSED' })
  span.recordException(refused)
  span.recordException('a text with hunter2-long')
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'hunter2-long' })
  span.end()
  const [ended] = exporter.getFinishedSpans()
  expect(ended?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'REDACTED' })
  expect(ended?.events.map(({ attributes }) => attributes)).toEqual([
    {
      'exception.type': 'RangeError',
      'exception.message': 'REDACTED',
      'exception.stacktrace': expect.stringMatching(
        /^RangeError \[ECONNREFUSED\]: REDACTED\n.*\nCaused by: Error: why$/s,
      ),
    },
    { 'exception.message': 'a text with REDACTED' },
  ])
})
