import { expect, test } from 'vitest'
import { readDefinitions } from './definitions.ts'
import { type NamingSettings, nameDefinitions } from './naming.ts'

const named = (settings: Partial<NamingSettings>) =>
  nameDefinitions(readDefinitions(), {
    OTEL_SERVICE_NAME: undefined,
    HONEYCOMB_SERVICE_NAME: undefined,
    AWS_XRAY_URL: undefined,
    XRAY_RESOURCE_SUFFIX: undefined,
    ...settings,
  })

test('under the default name the files are taken as they are', () => {
  const files = readDefinitions()
  expect(named({})).toEqual({ ...files, notes: [] })
  expect(files.group.FilterExpression).toBe('service("cruddur-backend") { fault OR error }')
  expect(files.rules.map(({ RuleName, URLPath }) => [RuleName, URLPath])).toEqual([
    ['Cruddur', '*'],
    ['CruddurRollbar', '/rollbar/*'],
  ])
})

test('another name goes into both rules and the group, and it is said', () => {
  const { group, rules, notes } = named({ HONEYCOMB_SERVICE_NAME: 'my-api' })
  expect(rules.map(({ ServiceName }) => ServiceName)).toEqual(['my-api*', 'my-api*'])
  expect(group.FilterExpression).toBe('service("my-api") { fault OR error }')
  expect(notes).toEqual(['The service is called "my-api" here, instead of "cruddur-backend".'])
})

test('OTEL_SERVICE_NAME wins', () => {
  const { group } = named({ HONEYCOMB_SERVICE_NAME: 'a', OTEL_SERVICE_NAME: 'b' })
  expect(group.FilterExpression).toContain('"b"')
})

test('quotes and backslashes in a name do not end the filter’s string; `$&` is no pattern', () => {
  expect(named({ OTEL_SERVICE_NAME: 'a"b\\c$&' }).group.FilterExpression).toBe(
    'service("a\\"b\\\\c$&") { fault OR error }',
  )
})

test('a name that is too long for a rule is matched by its beginning', () => {
  const { rules, notes } = named({ OTEL_SERVICE_NAME: 'n'.repeat(80) })
  expect(rules[0]?.ServiceName).toBe(`${'n'.repeat(63)}*`)
  expect(rules[0]?.ServiceName).toHaveLength(64)
  expect(notes.join(' ')).toContain('first 63')
})

test('with dynamic naming the group filters on the annotation, and the reason is said', () => {
  const { group, rules, notes } = named({ AWS_XRAY_URL: '*4567-*.gitpod.io*' })
  expect(group.FilterExpression).toBe(
    'annotation.service_name = "cruddur-backend" AND (fault = true OR error = true)',
  )
  expect(rules[0]?.ServiceName).toBe('cruddur-backend*')
  expect(notes).toEqual([expect.stringContaining('AWS_XRAY_URL')])
})

test('what a person has written into the files instead is left alone', () => {
  const { group, rules } = readDefinitions()
  const own = {
    group: { ...group, FilterExpression: 'responsetime > 5' },
    rules: rules.map((rule) => ({ ...rule, ServiceName: '*' })),
  }
  const settings = {
    OTEL_SERVICE_NAME: 'x',
    HONEYCOMB_SERVICE_NAME: undefined,
    AWS_XRAY_URL: '*',
    XRAY_RESOURCE_SUFFIX: undefined,
  }
  expect(nameDefinitions(own, settings)).toMatchObject(own)
})

test('several people in one account have rules and groups of their own, in names that X-Ray takes', () => {
  const { group, rules } = named({ OTEL_SERVICE_NAME: 'ada-backend', XRAY_RESOURCE_SUFFIX: 'a'.repeat(16) })
  const names = [group.GroupName, ...rules.map(({ RuleName }) => RuleName)]
  expect(names).toEqual(['Cruddur', 'Cruddur', 'CruddurRollbar'].map((name) => `${name}-${'a'.repeat(16)}`))
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9-]{1,32}$/)
})
