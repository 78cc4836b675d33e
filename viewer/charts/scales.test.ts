import { expect, test } from 'vitest'
import { HEAT_STEPS, heatColours, heatLegend, heatStep } from './heat-colours.ts'
import { placeOfValue, rowOfValue, valueTicks } from './scales.ts'

const LOGARITHMIC = { scale: 'logarithmic' as const, edges: [1, 10, 100, 1_000] }
const LINEAR = { scale: 'linear' as const, edges: [0, 25, 50, 75, 100] }

test('rows of cells have the same height, on either scale', () => {
  expect([1, 10, 1_000].map((value) => placeOfValue(LOGARITHMIC, value))).toEqual([0, 1 / 3, 1])
  expect(placeOfValue(LOGARITHMIC, Math.sqrt(10))).toBeCloseTo(1 / 6)
  expect([0, 50, 60, 100].map((value) => placeOfValue(LINEAR, value))).toEqual([0, 0.5, 0.6, 1])
  // A logarithmic axis may begin at 0.
  expect(placeOfValue({ scale: 'logarithmic', edges: [0, 1, 10] }, 0.5)).toBe(0.25)
  expect([-5, 2_000].map((value) => placeOfValue(LOGARITHMIC, value))).toEqual([0, 1])
})

test('a cell holds its lower edge, and the last one its upper edge too', () => {
  expect([0.5, 1, 9, 10, 999, 1_000, 1_001].map((value) => rowOfValue(LOGARITHMIC.edges, value))).toEqual([
    -1, 0, 0, 1, 2, 2, 3,
  ])
})

test('the labels of values are round', () => {
  expect(valueTicks(LINEAR, 5)).toEqual([0, 20, 40, 60, 80, 100])
  expect(valueTicks(LOGARITHMIC, 3)).toEqual([1, 10, 100, 1_000])
  expect(valueTicks(LOGARITHMIC, 8)).toEqual([1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000])
  expect(valueTicks({ scale: 'logarithmic', edges: [1, 1e9] }, 3)).toEqual([1, 1e3, 1e6, 1e9])
  expect(valueTicks({ scale: 'logarithmic', edges: [20, 40, 80] }, 4)).toEqual([20, 40, 60, 80])
  expect(valueTicks({ scale: 'linear', edges: [5, 5] }, 4)).toEqual([5])
})

test('rows of a histogram’s own buckets have their edges as labels, at even distances', () => {
  const edges = [0, 5, 10, 25, 50, 75, 100, 250, 500]
  expect(valueTicks({ scale: 'linear', edges }, 8)).toEqual(edges)
  expect(valueTicks({ scale: 'linear', edges }, 5)).toEqual([0, 10, 50, 100, 500])
  expect(valueTicks({ scale: 'logarithmic', edges }, 5)).toEqual([0, 10, 50, 100, 500])
  expect(valueTicks({ scale: 'logarithmic', edges: [0, 1, 10, 100] }, 3)).toEqual([1, 10, 100])
})

test.each([false, true])(
  'each step of the colours has more contrast with the page than the last, dark %s',
  (isDark) => {
    const colours = heatColours(isDark)
    expect(colours).toHaveLength(HEAT_STEPS)
    const lights = colours.map(luminance)
    const sorted = lights.toSorted((a, b) => (isDark ? a - b : b - a))
    expect(lights).toEqual(sorted)
    expect(new Set(colours).size).toBe(HEAT_STEPS)
  },
)

test('few events are visible beside many', () => {
  expect(heatStep(1, 1)).toBe(HEAT_STEPS - 1)
  expect(heatStep(1_000, 1_000)).toBe(HEAT_STEPS - 1)
  expect(heatStep(0.5, 1_000)).toBeLessThan(heatStep(2, 1_000))
  expect(heatStep(30, 1_000)).toBeGreaterThan(HEAT_STEPS / 3)
  expect(heatLegend(1)).toEqual([1])
  expect(heatLegend(99)).toEqual([1, 10, 99])
  expect(heatLegend(1_000_000)).toEqual([1, 100, 10_000, 1_000_000])
})

/** Relative, as in https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(hex: string): number {
  const channels = [1, 3, 5].map((place) => Number.parseInt(hex.slice(place, place + 2), 16) / 255)
  const [red = 0, green = 0, blue = 0] = channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
