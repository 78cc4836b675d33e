import { expect, test } from 'vitest'
import { spanRow as row } from '../../tests/harness/span-row.ts'
import { misfitsIn } from './parent-fit.ts'
import { linkRows } from './row-links.ts'
import type { Row } from './rows.ts'

const root = row('root', '', 0, 100)
const ofChild = (startMs: number, endMs: number, more: Partial<Row> = {}) =>
  misfitsIn(linkRows([root, row('child', 'root', startMs, endMs, more)]))('child')

test('a child within its parent, or outside it by less than clocks are precise, is no misfit', () => {
  expect(ofChild(0, 100)).toBeUndefined()
  expect(ofChild(-0.9, 100.9)).toBeUndefined()
})

test('a child that is longer than its parent says by how much, and why', () => {
  expect(ofChild(10, 150)).toEqual({
    short: 'longer than its parent',
    why: 'It took 140 ms, its parent 100 ms. It ends 50 ms after its parent. The parent did not wait for it: work that goes on in the background after the answer.',
  })
})

test('a child that starts before its parent is a sign of two clocks, if the services differ', () => {
  expect(ofChild(-30, 20, { service: 'other' })).toMatchObject({
    short: 'starts before its parent',
    why: expect.stringMatching(/^It starts 30 ms before its parent\..*clocks of the two machines differ/),
  })
  expect(ofChild(-30, 20)?.why).not.toContain('machines')
})

test('a child of another service that ends after its parent may outlast the call', () => {
  expect(ofChild(60, 130, { service: 'other' })).toMatchObject({
    short: 'ends after its parent',
    why: expect.stringContaining('The caller did not wait'),
  })
})

test('a record in progress has no end to compare, and a span that is its own parent has no parent', () => {
  expect(ofChild(60, 130, { isInProgress: true })).toBeUndefined()
  expect(misfitsIn(linkRows([row('self', 'self', 0, 1)]))('self')).toBeUndefined()
})
