import { expect, test } from 'vitest'
import { missingLines } from './expected-output.ts'

test('lines that are missing, different or in another order are missing; … stands for any text of a line', () => {
  const output = 'start\n\u001b[32m✓\u001b[39m sent (3)\n\ntook 4 ms\nend'
  expect(missingLines('start\n✓ sent (3)\nend', output)).toEqual([])
  expect(missingLines('✓ sent …\ntook … ms', output)).toEqual([])
  expect(missingLines('✓ sent', output)).toEqual(['✓ sent'])
  expect(missingLines('took … ms\n✓ sent …', output)).toEqual(['✓ sent …'])
})
