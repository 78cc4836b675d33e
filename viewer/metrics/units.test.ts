import { expect, test } from 'vitest'
import { perSecond, SHARE, unitFormat } from './units.ts'

test.each([
  [0.034, 's', '34 ms'],
  [34, 'ms', '34 ms'],
  [1_500, 'us', '1.5 ms'],
  [0, 's', '0 ms'],
  [90, 's', '90 s'],
  [0.99999, 's', '1 s'],
  [1.2e9, 'By', '1.2 GB'],
  [512, 'By', '512 B'],
  [0.5, 'By', '0.5 B'],
  [0, 'By', '0 B'],
  [2, 'KiBy', '2 KiB'],
  [3_072, 'MiBy', '3 GiB'],
  [1_500, 'MBy', '1.5 GB'],
  [-2_500, 'By', '-2.5 kB'],
  [1, '{request}', '1 request'],
  [1.2, '{request}', '1.2 requests'],
  [12_345, '{request}', '12,345 requests'],
  [3, '{query}', '3 queries'],
  [2, '{process}', '2 processes'],
  [2, '{idle_connection}', '2 idle connections'],
  [0.42, '1', '0.42'],
  [7, '', '7'],
  [1.16666, '', '1.17'],
  [1_234.56, '', '1,235'],
  [42, '%', '42 %'],
  [21.55, 'Cel', '21.6 °C'],
  [2.4e9, 'Hz', '2.4 GHz'],
  [0.002, 'V', '2 mV'],
  [1.5, 'furlong', '1.5 furlong'],
  [1.5, 'constructor', '1.5 constructor'],
  [3, 'm', '3 m'],
  [1_000, 'By/s', '1 kB/s'],
  [3, '{request}/min', '3 requests/min'],
  [2_048, 'By{total}', '2.05 kB'],
  [Number.NaN, 's', 'NaN s'],
  [Number.POSITIVE_INFINITY, 'By', 'Infinity PB'],
])('%s with the unit "%s" is %s', (value, unit, text) => {
  expect(unitFormat(unit).format(value)).toBe(text)
})

test('a rate has "/s" after its unit', () => {
  expect(perSecond(unitFormat('{request}')).format(1.234)).toBe('1.23 requests/s')
  expect(perSecond(unitFormat('By')).format(1_500)).toBe('1.5 kB/s')
  expect(perSecond(unitFormat('')).format(0.25)).toBe('0.25/s')
})

test('an axis has numbers without nouns', () => {
  expect(perSecond(unitFormat('{request}')).short(1.234)).toBe('1.23/s')
  expect(unitFormat('By').short(1_500)).toBe('1.5 kB')
  expect(unitFormat('furlong').short(1.5)).toBe('1.5')
  expect(unitFormat('Cel').short(21)).toBe('21 °C')
})

test('a share of 1 is in percent', () => {
  expect([0, 0.034, 0.5, 1.2].map(SHARE.format)).toEqual(['0 %', '3.4 %', '50 %', '120 %'])
})

test('a unit in words, at most as long as a column', () => {
  expect(['s', 'By', '{request}', '1', '', '%', 'By/s'].map((unit) => unitFormat(unit).words)).toEqual([
    'seconds',
    'bytes',
    'requests',
    '',
    '',
    '%',
    'bytes/s',
  ])
  expect(unitFormat(`{${'x'.repeat(1_000)}}`).words.length).toBeLessThan(40)
  expect(unitFormat('<b>'.repeat(100)).format(1).length).toBeLessThan(40)
})
