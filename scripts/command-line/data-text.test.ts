import { expect, test } from 'vitest'
import { csvText, jsonText } from './data-text.ts'

const SENT = 'a\u001b[2J\u009b31m\u007f\u202e\u2028\u{E0041}雪"\\\n'

test('JSON has the same value, without a character that a terminal acts upon', () => {
  const text = jsonText({ [SENT]: [SENT] }, 2)
  expect(JSON.parse(text)).toEqual({ [SENT]: [SENT] })
  expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}]/u)
  expect(text).toContain('\\u009b31m\\u007f\\u202e\\u2028\\udb40\\udc41雪')
})

test('CSV stays as it is, except on a terminal', () => {
  const csv = `name,n\r\n"${SENT.replaceAll('"', '""')}\r\nFAKE",1\r\n`
  expect(csvText(csv, { isTTY: false })).toBe(csv)
  expect(csvText(csv, { isTTY: true })).toBe('name,n\n"a [2J 31m    雪""\\  FAKE",1\n')
})
