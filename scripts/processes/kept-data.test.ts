import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { keptName } from '../../contracts/kept-data.ts'
import { findKeptData } from './kept-data.ts'

const AT = new Date('2026-11-26T10:11:12.013Z')

test('a database that was kept aside is told with its folder, until it is gone', () => {
  const state = mkdtempSync(join(tmpdir(), 'kept-'))
  onTestFinished(() => rmSync(state, { recursive: true }))
  expect(findKeptData(state)).toEqual([])
  const data = join(state, 'data', 'postgres')
  mkdirSync(data, { recursive: true })
  expect(findKeptData(state)).toEqual([])
  const earlier = keptName(data, new Date('2026-11-25T10:11:12.013Z'))
  const kept = keptName(data, AT)
  for (const path of [earlier, kept]) mkdirSync(path)
  const [found] = findKeptData(state)
  expect(found).toMatchObject({ code: 'DATA_KEPT_ASIDE', fix: expect.stringContaining(`rm -r ${kept}`) })
  expect(found?.what).toContain('on 2026-11-26 at 10:11 UTC')
  expect(found?.what).toContain(`${kept} (and 1 earlier)`)
  expect(findKeptData(state, new Date(AT.getTime() + 1))).toEqual([])
})
