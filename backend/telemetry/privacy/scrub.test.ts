import { expect, test } from 'vitest'
import { createScrub, scrubError } from './scrub.ts'

const scrub = createScrub(['hunter2-long', 'hunter2-long-er', 'with "quotes" in it', 'short'])

test('secrets are removed, a longer one before one that it contains, also in JSON’s escaped form', () => {
  expect(scrub('a hunter2-long-er b hunter2-long c')).toBe('a REDACTED b REDACTED c')
  expect(scrub(JSON.stringify({ key: 'with "quotes" in it' }))).toBe('{"key":"REDACTED"}')
})

test('a secret that is too short is ignored', () => {
  expect(scrub('in short')).toBe('in short')
})

test('an error keeps its name; secrets are removed from message, stack and cause', () => {
  const error = new TypeError('no hunter2-long', { cause: new Error('hunter2-long-er') })
  const scrubbed = scrubError(error, scrub)
  expect(scrubbed).toMatchObject({ name: 'TypeError', message: 'no REDACTED' })
  expect(`${scrubbed.stack}${(scrubbed.cause as Error).stack}`).not.toContain('hunter2')
  expect(scrubbed.stack).toContain('scrub.test.ts')
})

test.each([
  ['a message that is none', Object.assign(new Error('x'), { message: undefined })],
  ['a message that is an object', Object.assign(new Error('x'), { message: { hidden: 'hunter2-long' } })],
  ['a stack that is a number', Object.assign(new Error('x'), { stack: 5 })],
  ['a cause that is itself', cyclic()],
])('an error may have %s', (_what, error) => {
  expect(scrubError(error as Error, scrub)).toBeInstanceOf(Error)
})

function cyclic(): Error {
  const error = new Error('a')
  const other = new Error('b', { cause: error })
  return Object.assign(error, { cause: other })
}

test('an error without a secret is the same error', () => {
  const error = new Error('nothing to see')
  expect(scrubError(error, scrub)).toBe(error)
})
