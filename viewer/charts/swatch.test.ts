import { expect, test } from 'vitest'
import { DRAWN_GROUPS } from '../../analysis/questions/lines.ts'
import { lineStyle } from './swatch.tsx'

test('every line that is drawn looks different', () => {
  const looks = Array.from({ length: DRAWN_GROUPS }, (_, place) => JSON.stringify(lineStyle(place)))
  expect(new Set(looks).size).toBe(DRAWN_GROUPS)
})
