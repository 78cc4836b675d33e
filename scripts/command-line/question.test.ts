import { expect, test, vi } from 'vitest'

vi.mock('./capabilities.ts', () => ({ canRedraw: () => true, isAsciiOnly: () => false }))
vi.mock('@clack/prompts', () => {
  const answer = async () => listeners().reduce((sum, count) => sum + count)
  return { updateSettings: () => {}, isCancel: () => false, text: answer, password: answer, confirm: answer }
})

const listeners = () => ['end', 'error'].map((event) => process.stdin.listenerCount(event))

test('the end of the terminal ends a command while it asks, and not after the answer', async () => {
  // Other files of the process have loaded it without the mocks.
  vi.resetModules()
  const { ask, confirms } = await import('./question.ts')
  const before = listeners()
  const total = before.reduce((sum, count) => sum + count)
  for (const isSecret of [true, false]) {
    expect(await ask({ message: 'Key?', isSecret, validate: () => undefined })).toBe(total + 2)
    expect(listeners()).toEqual(before)
  }
  await confirms('Sure?')
  expect(listeners()).toEqual(before)
})
