import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as xray from '@aws-sdk/client-xray'
import { expect, test } from 'vitest'
import { sandboxForTest, xrayClientOf } from '../tests/harness/sandbox.ts'

const HERE = import.meta.dirname
const readme = readFileSync(join(HERE, 'README.md'), 'utf8')
const missingOperations = readFileSync(join(HERE, 'xray', 'README.md'), 'utf8')

/** The names of all operations in AWS's client. */
const OPERATIONS = Object.keys(xray)
  .filter((name) => /^[A-Z]\w+Command$/.test(name))
  .map((name) => name.replace(/Command$/, ''))
const isNamed = (text: string) => (operation: string) => new RegExp(`\\b${operation}\\b`).test(text)
const missing = OPERATIONS.filter((operation) => !isNamed(readme)(operation))

test('every operation of X-Ray is in the table, or in the list of missing ones', () => {
  expect(OPERATIONS.length).toBeGreaterThan(30)
  expect(missing.filter((operation) => !isNamed(missingOperations)(operation))).toEqual([])
})

test('the missing operations are unknown, and all others are known', async () => {
  await using sandbox = await sandboxForTest({ daemon: undefined })
  const client = xrayClientOf(sandbox.url)
  const isUnknown = async (operation: string) => {
    const Command = Reflect.get(xray, `${operation}Command`)
    const error = await client.send(new Command({})).then(
      () => undefined,
      (reason: Error) => reason,
    )
    // The client would fail for an operation with a parameter in its path; none of these has one.
    return error?.name === 'UnknownOperationException'
  }
  const unknown: string[] = []
  for (const operation of OPERATIONS) if (await isUnknown(operation)) unknown.push(operation)
  client.destroy()
  expect(unknown).toEqual(missing)
})

test('each test in the tables exists', () => {
  const named = [...readme.matchAll(/`([\w/.-]+\.test\.ts)`/g)].map(([, path = '']) => path)
  expect(named.length).toBeGreaterThan(20)
  const absent = named.filter((path) => !existsSync(join(HERE, path)) && !existsSync(join(HERE, '..', path)))
  expect(absent).toEqual([])
})
