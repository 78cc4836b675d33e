import { expect, test } from 'vitest'
import { createScrub } from './scrub.ts'

const scrub = createScrub(['hunter2-long', 'hunter2-long-er', 'with "quotes" in it', 'short'])

test('secrets are removed, a longer one before one that it contains, also in JSON’s escaped form', () => {
  expect(scrub('a hunter2-long-er b hunter2-long c')).toBe('a REDACTED b REDACTED c')
  expect(scrub(JSON.stringify({ key: 'with "quotes" in it' }))).toBe('{"key":"REDACTED"}')
})

test('a secret that is too short is ignored', () => {
  expect(scrub('in short')).toBe('in short')
})
