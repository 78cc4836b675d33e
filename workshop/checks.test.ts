import { expect, test } from 'vitest'
import { check } from './test-evidence.ts'

test('chapter 8 needs Honeycomb, which has the metrics', async () => {
  const modes = { honeycomb: 'off', xray: 'local', rollbar: 'local' } as const
  expect(await check(8, { modes })).toContain('Honeycomb is off')
})
