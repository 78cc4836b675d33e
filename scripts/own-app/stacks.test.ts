import { expect, test } from 'vitest'
import { environmentFor, requireStack, STACKS } from './stacks.ts'

const PLACE = {
  http: 'http://127.0.0.1:4318',
  grpc: undefined,
  daemon: '127.0.0.1:2000',
  port: 4318,
  page: 'https://4318--me.gitpod.test',
  region: 'eu-west-1',
}

const valuesOf = (
  stack: Parameters<typeof environmentFor>[0],
  place: Parameters<typeof environmentFor>[1] = PLACE,
) => Object.fromEntries(environmentFor(stack, place).variables.map(({ name, value }) => [name, value]))

test.each(['node', 'go', 'java', undefined] as const)(
  '%s: where all three providers get what is theirs',
  (stack) => {
    expect(valuesOf(stack)).toEqual({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=sandbox',
      AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
      XRAY_OTLP_ENDPOINT: 'http://127.0.0.1:4318/v1/traces',
      XRAY_API_KEY: 'sandbox',
      ROLLBAR_ACCESS_TOKEN: 'sandbox',
      ROLLBAR_ENDPOINT: 'http://127.0.0.1:4318/api/1/item/',
    })
  },
)

test('pyrollbar joins item/ to its endpoint', () => {
  expect(valuesOf('flask')).toEqual({
    ...valuesOf('node'),
    OTEL_SERVICE_NAME: 'backend-flask',
    ROLLBAR_ENDPOINT: 'http://127.0.0.1:4318/api/1/',
  })
})

test('a page has the sandbox’s address for a browser, and nothing for X-Ray', () => {
  expect(valuesOf('browser')).toEqual({
    VITE_OTLP_ENDPOINT: 'https://4318--me.gitpod.test',
    VITE_HONEYCOMB_KEY: 'sandbox',
    VITE_ROLLBAR_ENDPOINT: 'https://4318--me.gitpod.test/api/1/item/',
    VITE_ROLLBAR_TOKEN: 'sandbox',
  })
})

test.each(['flask', 'node', 'go', 'java', undefined] as const)(
  '%s: the switch that X-Ray’s OTLP endpoint needs is printed with the real port, and what it changes',
  (stack) => {
    const { remarks } = environmentFor(stack, { ...PLACE, http: 'http://127.0.0.1:22012' })
    expect(remarks.join('\n')).toMatch(
      /curl http:\/\/127\.0\.0\.1:22012\/UpdateTraceSegmentDestination -d '{"Destination":"CloudWatchLogs"}'\n.*1 % .*"XRay"/,
    )
  },
)

test('the gRPC port is named where the sandbox listens for it', () => {
  const remarksOf = (grpc: string | undefined) => environmentFor('go', { ...PLACE, grpc }).remarks.join('\n')
  expect(remarksOf('http://127.0.0.1:4317')).toContain('OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317')
  expect(remarksOf(undefined)).not.toContain('4317')
})

test('every variable has a reason that is one line', () => {
  for (const stack of [undefined, ...STACKS])
    for (const { name, why } of environmentFor(stack, PLACE).variables)
      expect(why, name).toMatch(/^[^\n]{10,}\.$/)
})

test('an unknown stack is an error that lists them', () => {
  expect(requireStack(' Flask ')).toBe('flask')
  expect(() => requireStack('perl')).toThrow(
    expect.objectContaining({ code: 'USAGE', fix: expect.stringContaining('flask | node | go | java') }),
  )
})
