import { expect, test } from 'vitest'
import type { SpanEvidence } from '../../../contracts/evidence.ts'
import { withPlainText } from './plain-text.ts'

test('every text of a span that checks print is a plain line; its SQL is left for comparisons', () => {
  const span = {
    ...{ name: 'a\nb', service: 'c\u001bd', statement: 'select\n1', exceptions: ['E\nF'] },
    attributes: { 'g\n': 'h\ti', count: 1 },
  } as Partial<SpanEvidence> as SpanEvidence
  expect(withPlainText(span)).toEqual({
    ...{ name: 'a b', service: 'c d', statement: 'select\n1', exceptions: ['E F'] },
    attributes: { 'g ': 'h i', count: 1 },
  })
})
