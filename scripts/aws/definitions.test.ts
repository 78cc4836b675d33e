import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { temporaryFolder } from '../workspace/testing/temporary-folder.ts'
import { readDefinitions } from './definitions.ts'

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

test('the scripts’ policy covers what is created', () => {
  const policy = readFileSync(join(AWS, 'iam/scripts.json'), 'utf8')
  const { group, rules } = readDefinitions()
  expect(policy).toContain(`group/${group.GroupName}/*"`)
  for (const { RuleName } of rules) expect(policy).toContain(`sampling-rule/${RuleName}"`)
})
