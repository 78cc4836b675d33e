import { readFileSync } from 'node:fs'
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

  test(`prints what ${PAGES[stack]} lists`, () => {
    // `| `NAME` | `value` | …`
    const rows = readFileSync(path, 'utf8').matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| `([^`]+)` \|/gm)
    const listed = Object.fromEntries([...rows].map(([, name, value]) => [name, value]))
    const printed = environmentFor(stack, PLACE).variables.map(({ name, value }) => [name, value])
    expect(listed).toMatchObject(Object.fromEntries(printed))
  })
})

test('npm run sandbox -- --env collector prints what collector/own-app.yaml reads', () => {
  const read = readFileSync(join(ROOT, 'collector/own-app.yaml'), 'utf8').matchAll(/\$\{env:(\w+)/g)
  const names = environmentFor('collector', PLACE).variables.map(({ name }) => name)
  // AWS's SDK reads its credentials itself.
  const ofSdk = names.filter((name) => /^AWS_(ACCESS|SECRET)/.test(name))
  expect(new Set([...[...read].map(([, name]) => name), ...ofSdk])).toEqual(new Set(names))
})
