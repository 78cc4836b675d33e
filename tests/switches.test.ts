import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createWorkspace, states, type TestWorkspace } from './harness/workspace.ts'

describe('a provider that is off', () => {
  let workspace: TestWorkspace

  beforeAll(async () => {
    workspace = await createWorkspace()
  })
  afterEach(() => workspace.stopServices())
  afterAll(() => workspace.dispose())

  test.each([
    ['X-Ray', { XRAY_ENABLED: 'false' }, ['found', 'off', 'found']],
    [
      'Honeycomb and Rollbar',
      { HONEYCOMB_ENABLED: 'false', ROLLBAR_ENABLED: 'false' },
      ['off', 'found', 'off'],
    ],
  ] as const)('%s off: it gets nothing, and the others get everything', async (_name, off, expected) => {
    await workspace.startServices(off)
    const verification = await workspace.verify(off)
    expect(verification.ok, JSON.stringify(verification)).toBe(true)
    expect(states(verification)).toEqual(expected)
    const stored = await workspace.trace(verification.traceId)
    const amounts = [stored.honeycomb.spans.length, stored.xray.segments.length, stored.rollbar.items.length]
    expect(amounts.map((amount) => (amount > 0 ? 'found' : 'off'))).toEqual(expected)
  })
})
