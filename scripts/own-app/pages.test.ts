import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SETTINGS } from '../../settings/catalogue.ts'
import { environmentFor, PAGES, STACKS } from './stacks.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** A workspace with the defaults, as the pages assume. */
const PLACE = {
  http: `http://127.0.0.1:${SETTINGS.SANDBOX_PORT.default}`,
  grpc: undefined,
  daemon: SETTINGS.AWS_XRAY_DAEMON_ADDRESS.default ?? '',
  port: Number(SETTINGS.SANDBOX_PORT.default),
  page: `http://localhost:${SETTINGS.SANDBOX_PORT.default}`,
  region: 'us-east-1',
}

describe.each(STACKS.filter((stack) => stack !== 'collector'))('npm run sandbox -- --env %s', (stack) => {
  const path = join(ROOT, PAGES[stack])

  test.skipIf(!existsSync(join(ROOT, 'docs/your-app/README.md')))(`prints what ${PAGES[stack]} lists`, () => {
    // `| `NAME` | `value` | …`
    const rows = readFileSync(path, 'utf8').matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| `([^`]+)` \|/gm)
    const listed = Object.fromEntries([...rows].map(([, name, value]) => [name, value]))
    const printed = environmentFor(stack, PLACE).variables.map(({ name, value }) => [name, value])
    expect(listed).toMatchObject(Object.fromEntries(printed))
  })
})

test('npm run sandbox -- --env collector prints what the collector’s files read', () => {
  const files = globSync('collector/**/*.{yaml,md}', { cwd: ROOT }).map((file) =>
    readFileSync(join(ROOT, file), 'utf8'),
  )
  const missing = environmentFor('collector', PLACE).variables.filter(
    ({ name }) => !files.some((text) => text.includes(name)),
  )
  expect(missing).toEqual([])
})
