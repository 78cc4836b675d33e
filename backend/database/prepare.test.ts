import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { prepareDatabase } from './prepare.ts'

const written: string[] = []

beforeEach(() => {
  written.length = 0
  for (const stream of [process.stderr, process.stdout]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text))
      return true
    })
  }
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the database is prepared', () => {
  test('at once if it is reachable, without output', async () => {
    const preparation = await prepareDatabase({}, async () => {})
    expect(preparation.isDone).toBe(true)
    expect(written).toEqual([])
  })

  test('later if it is not reachable yet, after one message with the reason of each address', async () => {
    let attempts = 0
    const refused = new AggregateError([new Error('refused by ::1'), new Error('refused by 127.0.0.1')])
    const preparation = await prepareDatabase(
      {},
      async () => {
        attempts++
        if (attempts < 4) throw refused
      },
      1,
    )
    expect(preparation.isDone).toBe(false)
    await vi.waitFor(() => expect(preparation.isDone).toBe(true))
    await vi.waitFor(() => expect(written).toHaveLength(2))
    expect(written[0]).toContain('refused by ::1, refused by 127.0.0.1')
    expect(written[0]).toContain('DATABASE_URL')
    expect(written[1]).toContain('prepared now')
  })
})
