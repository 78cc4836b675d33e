import { expect, test } from 'vitest'
import type { Wiring } from '../../contracts/sandbox/wiring.ts'
import { UserError } from '../../contracts/user-error.ts'
import { failingTrace, lensSpan, lensTrace } from '../../tests/harness/lens-traces.ts'
import { readTwins, twoRowsNote } from './twins.ts'

const failure = new UserError({ code: 'READ_FAILED', what: 'It needs more memory.', fix: 'Try again' })
const found = { twins: [], several: [], errors: [] }

test('only a trace that lacks something is asked for, and is shown also where the sandbox cannot tell', async () => {
  const asked: string[] = []
  const reads = {
    twins: async (id: string) => {
      asked.push(id)
      return found
    },
  }
  expect(await readTwins(reads, failingTrace())).toBeUndefined()
  expect(asked).toEqual([])
  const spansOnly = lensTrace({ spans: [lensSpan('one', '', [0, 10])] })
  expect(await readTwins(reads, spansOnly)).toBe(found)
  expect(await readTwins({ twins: () => Promise.reject(failure) }, spansOnly)).toBeUndefined()
})

test('a list with a row of one provider says how many rows look like how many requests', async () => {
  const reads = { wiring: async () => ({ rows: 4, requests: 2 }) as Wiring }
  const [both, one] = [
    { spans: 1, segments: 1 },
    { spans: 1, segments: 0 },
  ]
  expect(await twoRowsNote(reads, [both])).toBeUndefined()
  expect(await twoRowsNote(reads, [both, one])).toContain('4 stored rows look like 2 requests')
  expect(await twoRowsNote({ wiring: () => Promise.reject(failure) }, [one])).toBeUndefined()
})
