import { expect, test } from 'vitest'
import { check } from '../test-evidence.ts'

test('nothing is left', async () => {
  expect(await check(13)).toContain('all but your progress and your code')
})

test('before any chapter has passed, nothing is left either, and that is no clean-up', async () => {
  expect(await check(13, { passed: [] })).toContain('nothing to clean up')
})

test.each([
  ['aws', 'group Cruddur, in eu-west-1', 'npm run teardown'],
  ['processes', 'processes: api', 'Your progress stays'],
  ['settings', 'settings in .env: PORT', 'without --keep-settings'],
  ['state', '.workspace (3 MB): data', 'without --dry-run'],
] as const)('%s are left', async (kind, text, words) => {
  const result = await check(13, { remains: async () => [{ kind, text }] })
  expect(result).toContain(`These are left: ${text}.`)
  expect(result).toContain(words)
})
