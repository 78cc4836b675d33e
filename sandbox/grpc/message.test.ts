import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { ByteBudget } from '../http/byte-budget.ts'
import { readMessage } from './message.ts'

const MAX_BYTES = 1_000
const MESSAGE = Buffer.from('a message')

function framed(message: Uint8Array, isCompressed = false, length = message.length): Buffer {
  const prefix = Buffer.alloc(5)
  prefix[0] = Number(isCompressed)
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, message])
}

function read(bytes: Buffer, { encoding = 'gzip', chunkBytes = bytes.length, budget = 1_000_000 } = {}) {
  const count = Math.ceil(bytes.length / Math.max(1, chunkBytes))
  const chunks = Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  )
  const share = new ByteBudget(budget).open()
  return readMessage(Readable.from(chunks, { objectMode: false }), encoding, MAX_BYTES, share)
}

test.each([1, 2, 3, 4, 5, 6, 7, 100])('a message arrives whole in chunks of %i bytes', async (chunkBytes) => {
  expect(await read(framed(MESSAGE), { chunkBytes })).toEqual(MESSAGE)
  expect(await read(framed(gzipSync(MESSAGE), true), { chunkBytes })).toEqual(MESSAGE)
})

test('an empty message, an uncompressed one despite grpc-encoding, and one of exactly the bound are read', async () => {
  expect(await read(framed(Buffer.alloc(0)))).toHaveLength(0)
  expect(await read(framed(MESSAGE), { encoding: 'snappy' })).toEqual(MESSAGE)
  const largest = Buffer.alloc(MAX_BYTES)
  expect(await read(framed(largest))).toHaveLength(MAX_BYTES)
  expect(await read(framed(gzipSync(largest), true))).toHaveLength(MAX_BYTES)
})

test.each<[string, Buffer, string, number, string]>([
  ['no message', Buffer.alloc(0), '', 400, 'no message, more than one'],
  ['a part of the prefix', Buffer.alloc(3), '', 400, 'no message, more than one'],
  ['a part of a message', framed(MESSAGE, false, 10), '', 400, 'a part of one'],
  ['two messages', Buffer.concat([framed(MESSAGE), framed(MESSAGE)]), '', 400, 'more than one'],
  ['a larger message', framed(Buffer.alloc(1_001)), '', 413, 'larger than max (1001 vs. 1000)'],
  ['an announced larger message', framed(MESSAGE, false, 2 ** 32 - 1), '', 413, '(4294967295 vs. 1000)'],
  ['gzip of more', framed(gzipSync(Buffer.alloc(1_001)), true), 'gzip', 413, 'after decompression larger'],
  ['no gzip', framed(MESSAGE, true), 'gzip', 400, 'grpc: the body is not valid gzip'],
  ['another encoding', framed(MESSAGE, true), 'snappy', 415, 'not installed for grpc-encoding "snappy"'],
  ['an encoding without a name', framed(MESSAGE, true), '', 415, 'not installed for grpc-encoding ""'],
])('%s is an error', async (_what, bytes, encoding, status, message) => {
  const whole = read(bytes, { encoding })
  await expect(whole).rejects.toMatchObject({ status, message: expect.stringContaining(message) })
  await expect(read(bytes, { encoding, chunkBytes: 1 })).rejects.toMatchObject({ status })
})

test('a message beyond the budget is a 503, also where it is so only when decompressed', async () => {
  await expect(read(framed(Buffer.alloc(200)), { budget: 150 })).rejects.toMatchObject({ status: 503 })
  const compressed = framed(gzipSync(Buffer.alloc(900)), true)
  await expect(read(compressed, { budget: 128 * 1024 + 500 })).rejects.toMatchObject({ status: 503 })
})
