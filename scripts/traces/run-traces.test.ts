import { expect, test } from 'vitest'
import { runTraces } from './run-traces.ts'

test.each([
  [['show', 'abcdef'], { status: 'error' }, '--status has no meaning with show.'],
  [['show', 'abcdef', 'more'], {}, 'The command does not take: show abcdef more.'],
  [[], {}, 'Say what to do'],
])('%j with %j is a wrong use', async (positionals, values, message) => {
  const wrong = { code: 'USAGE', message: expect.stringContaining(message) }
  await expect(runTraces({ positionals, values })).rejects.toMatchObject(wrong)
})
