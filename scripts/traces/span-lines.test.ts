import stringWidth from 'fast-string-width'
import { expect, test } from 'vitest'
import { failingTrace, HOSTILE_TEXT, lensSpan, lensTrace } from '../../tests/harness/lens-traces.ts'
import { plainText } from '../command-line/styled-lines.ts'
import { findSpans, spanLines } from './span-lines.ts'

test('a span is found by its id, by the beginning of it, by its name and by its service', () => {
  const trace = failingTrace()
  const found = (text: string) => {
    const { spans, segments } = findSpans(trace, text)
    return [spans.map(({ id }) => id), segments.map(({ id }) => id)].flat()
  }
  expect(found('root')).toEqual(['root', 'root'])
  expect(found('hom')).toEqual(['home'])
  expect(found('GET /API/activities')).toEqual(['root'])
  expect(found('select profiles')).toHaveLength(12)
  expect(found('nowhere')).toEqual([])
})

test('what was sent is shown, and of many the first three', async () => {
  const trace = lensTrace({
    resources: [{ 'service.name': 'api', 'host.name': 'here' }],
    spans: [
      lensSpan('00f067aa0ba902b7', '', [0, 12.5], {
        name: 'GET /api',
        kind: 'SERVER',
        status: 'ERROR',
        statusMessage: 'it failed',
        attributes: { 'http.route': '/api', 'http.response.status_code': 500, 'a.list': ['one', 'two'] },
        events: [{ name: 'exception', atMs: 4, attributes: { 'exception.message': 'no such user' } }],
        links: [{ traceId: 'abc', spanId: 'def', attributes: {} }],
        dropped: 2,
      }),
    ],
  })
  await expect(plainText(spanLines(trace, findSpans(trace, '00f0'), 60))).toMatchFileSnapshot(
    'golden/span-60.txt',
  )
  const many = failingTrace()
  expect(plainText(spanLines(many, findSpans(many, 'SELECT'), 80))).toContain(
    '… 9 more records: give more of the name',
  )
  expect(plainText(spanLines(many, findSpans(many, 'root'), 80))).toContain('{"response":{"status":500}}')
})

test('hostile and long values, and very many of them, are bounded', () => {
  const attributes = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [`${HOSTILE_TEXT}${index}`, HOSTILE_TEXT.repeat(300)]),
  )
  const trace = lensTrace({ spans: [lensSpan('one', '', [0, 1], { name: HOSTILE_TEXT, attributes })] })
  for (const width of [40, 80, 200]) {
    const text = plainText(spanLines(trace, findSpans(trace, 'one'), width))
    expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}]/u)
    expect(text.split('\n').filter((line) => stringWidth(line) > width)).toEqual([])
    expect(text.split('\n').length).toBeLessThan(280)
    expect(text).toContain('… 440 more fields')
  }
})
