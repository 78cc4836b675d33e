import { expect, test } from 'vitest'
import { addressInHex, dropsIn } from './kernel-drops.ts'

// As Linux printed it: the daemon's socket, and one of its clients that is connected to it.
const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 2511: 0100007F:2EE0 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1498879 2 00000000aa160f2a 42
14699: 0100007F:DE7C 0100007F:2EE0 01 00000000:00000000 00:00000000 00000000     0        0 1500462 2 000000008484900c 7
`

test.each([
  ['127.0.0.1', 4, 'LE', '0100007F'],
  ['127.0.0.1', 4, 'BE', '7F000001'],
  ['0.0.0.0', 4, 'LE', '00000000'],
  ['::1', 6, 'LE', '00000000000000000000000001000000'],
  ['::', 6, 'LE', '00000000000000000000000000000000'],
  ['fe80::1:2%eth0', 6, 'LE', '000080FE000000000000000002000100'],
] as const)('%s is formatted as the kernel prints it', (address, family, order, hex) => {
  expect(addressInHex(address, family, order)).toBe(hex)
})

test('the drops are those of the socket that listens', () => {
  expect(dropsIn(TABLE, '0100007F', 12_000)).toBe(42)
  expect(dropsIn(TABLE, '0100007F', 57_000)).toBeUndefined()
  expect(dropsIn('', '0100007F', 12_000)).toBeUndefined()
})
