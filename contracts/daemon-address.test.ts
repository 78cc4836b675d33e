import { describe, expect, test } from 'vitest'
import { formatDaemonAddress, parseDaemonAddress } from './daemon-address.ts'

const local = { host: '127.0.0.1', port: 2000 }

describe('AWS_XRAY_DAEMON_ADDRESS', () => {
  test('one address stands for both protocols', () => {
    expect(parseDaemonAddress('127.0.0.1:2000')).toEqual({ udp: local, tcp: local })
  })

  test.each(['udp:127.0.0.1:2000 tcp:xray:3000', 'tcp:xray:3000   udp:127.0.0.1:2000'])(
    '%j gives one address per protocol',
    (text) => {
      const address = parseDaemonAddress(text)
      expect(address).toEqual({ udp: local, tcp: { host: 'xray', port: 3000 } })
      expect(address && formatDaemonAddress(address)).toBe('udp:127.0.0.1:2000 tcp:xray:3000')
    },
  )

  test.each([
    ['[::1]:2000', '::1'],
    ['[fe80::1%eth0]:2000', 'fe80::1%eth0'],
    ['[::ffff:10.0.0.1]:2000', '::ffff:10.0.0.1'],
  ])('an IPv6 address is in brackets: %s', (text, host) => {
    const both = { host, port: 2000 }
    expect(parseDaemonAddress(text)).toEqual({ udp: both, tcp: both })
    expect(formatDaemonAddress({ udp: both, tcp: both })).toBe(text)
    expect(formatDaemonAddress({ udp: both, tcp: local })).toBe(`udp:${text} tcp:127.0.0.1:2000`)
  })

  test('is written as one address where both are the same', () => {
    expect(formatDaemonAddress({ udp: local, tcp: local })).toBe('127.0.0.1:2000')
  })

  test.each([
    '',
    '2000',
    '127.0.0.1',
    '127.0.0.1:0',
    '127.0.0.1:70000',
    'udp:127.0.0.1:2000',
    'a:1 b:2',
    'udp:a:1 tcp:b:2 x',
    '::1:2000',
    '[::1]',
    '[x]:2000',
    '[127.0.0.1]:2000',
    'http://127.0.0.1:2000',
    'a/b:2000',
    'user@host:2000',
  ])('refuses %j', (text) => {
    expect(parseDaemonAddress(text)).toBeUndefined()
  })
})
