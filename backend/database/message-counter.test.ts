import { expect, test } from 'vitest'
import { MessageCounter } from './message-counter.ts'

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const startup = Buffer.concat([Buffer.from([0, 0, 0, 17, 0, 3, 0, 0]), Buffer.from('user\0ada\0')])
const query = Buffer.concat([Buffer.from('Q\0\0\0\x0d'), Buffer.from('select 1\0')])
const sync = Buffer.from('S\0\0\0\x04')
const all = Buffer.concat([sslRequest, startup, query, sync, sync, query])

test.each([1, 2, 3, 5, 7, 8, 20, 1000])('complete messages count, in pieces of %i bytes', (size) => {
  const counter = new MessageCounter()
  let count = 0
  for (let at = 0; at < all.length; at += size) count += counter.count(all.subarray(at, at + size))
  expect(count).toBe(6)
})

test('a part of a message counts when its last byte comes', () => {
  const counter = new MessageCounter()
  expect(
    [startup, query.subarray(0, 2), query.subarray(2, -1), query.subarray(-1)].map((part) =>
      counter.count(part),
    ),
  ).toEqual([1, 0, 0, 1])
})
