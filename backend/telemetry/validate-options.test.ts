import { expect, test } from 'vitest'
import type { TelemetryOptions } from './options.ts'
import { completeOptions } from './validate-options.ts'

const ADDRESS = { host: '127.0.0.1', port: 2000 }
const LEAST = { serviceName: 'orders', serviceVersion: '1' }
const FULL: TelemetryOptions = {
  ...LEAST,
  resource: { 'deployment.environment.name': 'test' },
  sampler: { name: 'xray', ratio: 0, rulesEndpoint: 'http://[::1]:2000', rulesPollingSeconds: 10 },
  honeycomb: { endpoint: 'https://api.honeycomb.io', headers: { 'x-honeycomb-team': 'key' } },
  xray: { pipeline: 'sdk', daemon: { udp: ADDRESS, tcp: ADDRESS }, dynamicNaming: undefined },
  rollbar: {
    accessToken: 'token',
    apiEndpoint: 'http://localhost:1',
    environment: 'test',
    itemsPerMinute: 1,
    personOf: () => '7',
  },
  linksTo: () => ({}),
  untracedPaths: ['/health'],
  logFormat: 'text',
  metricsIntervalMs: 1,
  secrets: [''],
  allowedQueryParameters: ['limit'],
  privacy: { clientAddress: 'full', userAgent: false, referrer: 'none' },
  trustedProxies: 1,
}

/** The issues of options, of which some are replaced. */
function issuesOf(changes: Readonly<Record<string, unknown>>): string[] {
  try {
    completeOptions({ ...FULL, ...changes } as TelemetryOptions)
    return []
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(/^startTelemetry: options\.?/, ''))
  }
}

test('a slash at the end of a base address is removed', () => {
  const { honeycomb, sampler, rollbar } = completeOptions({
    ...FULL,
    honeycomb: { endpoint: 'https://api.honeycomb.io/', headers: {} },
    sampler: { name: 'xray', rulesEndpoint: 'http://127.0.0.1:2000//' },
    rollbar: { accessToken: 'token', apiEndpoint: 'https://api.rollbar.com/' },
  })
  expect([honeycomb?.endpoint, sampler.rulesEndpoint, rollbar?.apiEndpoint]).toEqual([
    'https://api.honeycomb.io',
    'http://127.0.0.1:2000',
    'https://api.rollbar.com',
  ])
})

test('right options are returned unchanged', () => {
  expect(completeOptions(FULL)).toEqual(FULL)
})

test('two options are enough; the others have defaults', () => {
  expect(completeOptions({ ...LEAST, rollbar: { accessToken: 'token' }, sampler: undefined })).toEqual({
    ...LEAST,
    logFormat: 'json',
    trustedProxies: 0,
    sampler: {
      name: 'parentbased_always_on',
      rulesEndpoint: 'http://127.0.0.1:2000',
      rulesPollingSeconds: 300,
    },
    privacy: { clientAddress: 'truncated', userAgent: true, referrer: 'origin' },
    rollbar: {
      accessToken: 'token',
      apiEndpoint: 'https://api.rollbar.com',
      environment: 'production',
      itemsPerMinute: 60,
    },
  })
})

test('the error lists every issue at once', () => {
  const wrong = { serviceName: ' ', sampler: { name: 'xray', ratio: '5%' }, sampling: 1 }
  expect(() => completeOptions(wrong as never)).toThrow(
    [
      'startTelemetry: options.serviceName: expected a text that is not empty, got " "',
      'startTelemetry: options.serviceVersion: expected a text that is not empty, got undefined',
      'startTelemetry: options.sampler.ratio: expected a number from 0 to 1, got "5%"',
    ].join('\n'),
  )
  expect(issuesOf({ sampling: 1 })).toEqual([
    expect.stringMatching(/^sampling: unknown option; the options are serviceName, .*sampler/),
  ])
})

const xray = (more: object) => ({ xray: { ...FULL.xray, ...more } })
const otlp = (more: object) => ({
  xray: { pipeline: 'otlp', endpoint: 'https://x', region: 'eu-west-1', ...more },
})
const honeycomb = (more: object) => ({ honeycomb: { ...FULL.honeycomb, ...more } })
const rollbar = (more: object) => ({ rollbar: { ...FULL.rollbar, ...more } })
const sampler = (more: object) => ({ sampler: { ...FULL.sampler, ...more } })

test.each<[Record<string, unknown>, string]>([
  [sampler({ name: 'always' }), 'sampler.name: expected one of xray, always_on,'],
  [sampler({ name: undefined }), 'sampler.name: expected one of'],
  [sampler({ ratio: 1.1 }), 'sampler.ratio: expected a number from 0 to 1, got 1.1'],
  [sampler({ ratio: Number.NaN }), 'sampler.ratio: expected a number from 0 to 1, got NaN'],
  [sampler({ rulesEndpoint: '127.0.0.1:2000' }), 'sampler.rulesEndpoint: expected a URL'],
  [sampler({ rulesPollingSeconds: 5 }), 'sampler.rulesPollingSeconds: expected a number of seconds from 10'],
  [sampler({ rate: 1 }), 'sampler.rate: unknown option; the options are name, ratio,'],
  [{ sampler: 'xray' }, 'sampler: expected an object, got a string'],
  [honeycomb({ endpoint: 'ftp://a' }), 'honeycomb.endpoint: expected a URL that begins with http'],
  [honeycomb({ headers: undefined }), 'honeycomb.headers: expected an object, got undefined'],
  [honeycomb({ headers: { 'a b': 'x' } }), 'a name in options.honeycomb.headers: expected a name that HTTP'],
  [{ honeycomb: null }, 'honeycomb: expected an object, got null'],
  [xray({ pipeline: 'udp' }), 'xray.pipeline: expected one of sdk, otlp, collector, got "udp"'],
  [xray({ daemon: undefined }), 'xray.daemon: expected a daemon’s address'],
  [xray({ daemon: 'localhost' }), 'xray.daemon: expected a daemon’s address: host:port'],
  [xray({ daemon: { udp: ADDRESS } }), 'xray.daemon: expected a daemon’s address'],
  [xray({ daemon: { udp: ADDRESS, tcp: { host: 'a', port: 0 } } }), 'xray.daemon: expected a daemon’s'],
  [xray({ region: 'eu-west-1' }), 'xray.region: unknown option; the options are pipeline, daemon'],
  [otlp({ endpoint: undefined }), 'xray.endpoint: expected a URL'],
  [
    otlp({ credentials: { accessKeyId: 'a' } }),
    'xray.credentials.secretAccessKey: expected a text that is not empty, got undefined',
  ],
  [rollbar({ itemsPerMinute: 0 }), 'rollbar.itemsPerMinute: expected a number of at least 1, got 0'],
  [
    rollbar({ accessToken: '' }),
    'rollbar.accessToken: expected a text that is not empty, got an empty string',
  ],
  [{ metricsIntervalMs: -1 }, 'metricsIntervalMs: expected a number of milliseconds from 1 to 2147483647'],
  [{ untracedPaths: ['health'] }, 'untracedPaths[0]: expected a path that begins with /, got "health"'],
  [{ untracedPaths: '/health' }, 'untracedPaths: expected an array, got a string'],
  [{ resource: { a: 1 } }, 'resource["a"]: expected a text, got 1'],
  [{ linksTo: {} }, 'linksTo: expected a function, got an object'],
  [{ logFormat: 'pretty' }, 'logFormat: expected one of json, text, got "pretty"'],
  [{ privacy: { clientAddress: 'off' } }, 'privacy.clientAddress: expected one of full, truncated, none'],
  [{ privacy: { userAgent: 'yes' } }, 'privacy.userAgent: expected true or false, got "yes"'],
  [{ trustedProxies: true }, 'trustedProxies: expected a whole number from 0 to 99, got true'],
])('%j', (changes, issue) => {
  expect(issuesOf(changes)).toEqual([expect.stringContaining(issue)])
})

test('secrets are not quoted', () => {
  const issues = issuesOf({
    ...honeycomb({ endpoint: 'me:s3cret@host', headers: { 'x-honeycomb-team': 's3cret\nx', two: 5 } }),
    ...rollbar({ accessToken: ['s3cret'], apiEndpoint: 'https://u:s3cret@[host' }),
    ...otlp({ credentials: { accessKeyId: { s3cret: 1 }, secretAccessKey: 's3cret', sessionToken: 7 } }),
    secrets: [{ s3cret: 1 }],
  })
  expect(issues).toHaveLength(8)
  expect(issues.join('\n')).not.toContain('s3cret')
  expect(issues).toContain(
    'honeycomb.headers["x-honeycomb-team"]: expected a text without line breaks and other characters that HTTP does not allow, got a string',
  )
})

test('options that are no object are named as such', () => {
  expect(() => completeOptions(undefined as never)).toThrow(
    'startTelemetry: options: expected an object, got undefined',
  )
})
