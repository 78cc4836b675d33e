import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { readDefinitions } from './definitions.ts'
import { nameDefinitions } from './naming.ts'

const AWS = resolve(import.meta.dirname, '../../aws')

test('a field that X-Ray or this program does not know is refused, by its file', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'xray-group.json'), '{"GroupName": "Cruddur", "FilterExpresion": "ok"}')
  expect(() => readDefinitions(folder)).toThrow(/xray-group\.json cannot be used/)
  writeFileSync(join(folder, 'xray-group.json'), '{')
  expect(() => readDefinitions(folder)).toThrow(/xray-group\.json cannot be used/)
})

test('each policy allows named actions alone', () => {
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

test('the scripts’ policy covers what is created, whatever its names end in', () => {
  const text = readFileSync(join(AWS, 'iam/scripts.json'), 'utf8')
  const patterns = [...text.matchAll(/"arn:aws:xray:\*:\*:([^"]+)"/g)].map(
    ([, pattern = '']) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`),
  )
  const covers = (resource: string) => patterns.some((pattern) => pattern.test(resource))
  for (const XRAY_RESOURCE_SUFFIX of [undefined, 'ada']) {
    const settings = {
      OTEL_SERVICE_NAME: undefined,
      HONEYCOMB_SERVICE_NAME: undefined,
      AWS_XRAY_URL: undefined,
      XRAY_RESOURCE_SUFFIX,
    }
    const { group, rules } = nameDefinitions(readDefinitions(), settings)
    expect(covers(`group/${group.GroupName}/1234`)).toBe(true)
    for (const { RuleName } of rules) expect(covers(`sampling-rule/${RuleName}`)).toBe(true)
  }
  expect(covers('group/SomebodyElses/1234')).toBe(false)
})
