import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { SETTINGS } from '../../settings/catalogue.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { type NamingSettings, nameDefinitions, readDefinitions } from './definitions.ts'

const AWS = resolve(import.meta.dirname, '../../aws')

const named = (settings: Partial<NamingSettings>, definitions = readDefinitions()) =>
  nameDefinitions(definitions, {
    OTEL_SERVICE_NAME: undefined,
    HONEYCOMB_SERVICE_NAME: undefined,
    AWS_XRAY_URL: undefined,
    XRAY_RESOURCE_SUFFIX: undefined,
    ...settings,
  })

test('an unknown field is an error that names the file', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'xray-group.json'), '{"GroupName": "Cruddur", "FilterExpresion": "ok"}')
  expect(() => readDefinitions(folder)).toThrow(/xray-group\.json cannot be used/)
  writeFileSync(join(folder, 'xray-group.json'), '{')
  expect(() => readDefinitions(folder)).toThrow(/xray-group\.json cannot be used/)
})

test('each policy allows only named actions', () => {
  const policy = z.strictObject({
    Version: z.literal('2012-10-17'),
    Statement: z.array(
      z.strictObject({
        Sid: z.string().regex(/^[A-Za-z0-9]+$/),
        Effect: z.literal('Allow'),
        Action: z.array(z.string().regex(/^xray:[A-Z][A-Za-z]+$/)),
        Resource: z.union([z.string(), z.array(z.string())]),
      }),
    ),
  })
  for (const file of readdirSync(join(AWS, 'iam'))) {
    expect(
      policy.safeParse(JSON.parse(readFileSync(join(AWS, 'iam', file), 'utf8'))).error,
      file,
    ).toBeUndefined()
  }
})

test('the scripts’ policy covers what is created, with and without a suffix', () => {
  const text = readFileSync(join(AWS, 'iam/scripts.json'), 'utf8')
  const patterns = [...text.matchAll(/"arn:aws:xray:\*:\*:([^"]+)"/g)].map(
    ([, pattern = '']) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`),
  )
  const covers = (resource: string) => patterns.some((pattern) => pattern.test(resource))
  for (const XRAY_RESOURCE_SUFFIX of [undefined, 'ada']) {
    const { group, rules } = named({ XRAY_RESOURCE_SUFFIX })
    expect(covers(`group/${group.GroupName}/1234`)).toBe(true)
    for (const { RuleName } of rules) expect(covers(`sampling-rule/${RuleName}`)).toBe(true)
  }
  expect(covers('group/Another/1234')).toBe(false)
})

test('under the default name the definitions are those of the files', () => {
  const files = readDefinitions()
  expect(named({})).toEqual({ ...files, notes: [] })
  expect(files.group.FilterExpression).toBe('service("cruddur-backend") { fault OR error }')
  expect(files.rules.map(({ RuleName, URLPath }) => [RuleName, URLPath])).toEqual([
    ['Cruddur', '*'],
    ['CruddurRollbar', '/rollbar/*'],
  ])
})

test('another service name goes into both rules and the group, with a note', () => {
  const { group, rules, notes } = named({ HONEYCOMB_SERVICE_NAME: 'my-api' })
  expect(rules.map(({ ServiceName }) => ServiceName)).toEqual(['my-api*', 'my-api*'])
  expect(group.FilterExpression).toBe('service("my-api") { fault OR error }')
  expect(notes).toEqual(['The service is called "my-api" here, instead of "cruddur-backend".'])
})

test('OTEL_SERVICE_NAME wins', () => {
  const { group } = named({ HONEYCOMB_SERVICE_NAME: 'a', OTEL_SERVICE_NAME: 'b' })
  expect(group.FilterExpression).toContain('"b"')
})

test('every name that a setting accepts needs no escaping in a filter, and fits into a rule', () => {
  const { schema } = SETTINGS.OTEL_SERVICE_NAME
  for (const name of ['a"b', 'a\\b', 'a$&', 'n'.repeat(61)])
    expect(schema.safeParse(name).success).toBe(false)
  const name = schema.parse('n'.repeat(60))
  expect(named({ OTEL_SERVICE_NAME: name }).rules[0]?.ServiceName.length).toBeLessThanOrEqual(64)
})

test('with dynamic naming the group filters on the annotation, with a note', () => {
  const { group, rules, notes } = named({ AWS_XRAY_URL: '*4567-*.gitpod.io*' })
  expect(group.FilterExpression).toBe(
    'annotation.service_name = "cruddur-backend" AND (fault = true OR error = true)',
  )
  expect(rules[0]?.ServiceName).toBe('cruddur-backend*')
  expect(notes).toEqual([expect.stringContaining('AWS_XRAY_URL')])
})

test('a name or filter that a person has written into the files stays', () => {
  const { group, rules } = readDefinitions()
  const own = {
    group: { ...group, FilterExpression: 'responsetime > 5' },
    rules: rules.map((rule) => ({ ...rule, ServiceName: '*' })),
  }
  expect(named({ OTEL_SERVICE_NAME: 'x', AWS_XRAY_URL: '*' }, own)).toMatchObject(own)
})

test('a suffix keeps the rules and groups of several people in one account apart', () => {
  const { group, rules } = named({ OTEL_SERVICE_NAME: 'ada-backend', XRAY_RESOURCE_SUFFIX: 'a'.repeat(16) })
  const names = [group.GroupName, ...rules.map(({ RuleName }) => RuleName)]
  expect(names).toEqual(['Cruddur', 'Cruddur', 'CruddurRollbar'].map((name) => `${name}-${'a'.repeat(16)}`))
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9-]{1,32}$/)
})
