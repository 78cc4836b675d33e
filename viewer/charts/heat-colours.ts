/** How many different colours cells have. */
export const HEAT_STEPS = 48

/** Lightness, chroma and hue in OKLCH, whose equal steps look equal. From a few events to the most. */
const LIGHT = { from: [0.905, 0.035, 250], to: [0.3, 0.13, 275] } as const
const DARK = { from: [0.33, 0.05, 265], to: [0.94, 0.08, 230] } as const

/** The colours of cells, from the fewest events to the most, as `#rrggbb`. */
export function heatColours(isDark: boolean): string[] {
  const { from, to } = isDark ? DARK : LIGHT
  return Array.from({ length: HEAT_STEPS }, (_, step) => {
    const part = step / (HEAT_STEPS - 1)
    const between = (index: 0 | 1 | 2) => from[index] + (to[index] - from[index]) * part
    // Most chroma in the middle: neither end has room for it.
    const chroma = between(1) + 0.07 * Math.sin(Math.PI * part)
    return oklchToHex(between(0), chroma, between(2))
  })
}

/** The place in `heatColours` for a number of events above 0; logarithmic, so that few events are visible beside many. */
export function heatStep(events: number, most: number): number {
  if (most <= 1) return HEAT_STEPS - 1
  const part = Math.log1p(events) / Math.log1p(most)
  return Math.max(0, Math.min(HEAT_STEPS - 1, Math.round(part * (HEAT_STEPS - 1))))
}

/** Round numbers of events for the legend, ascending, with the most as the last one. */
export function heatLegend(most: number): number[] {
  const powers: number[] = []
  for (let value = 1; value <= most / 3; value *= 10) powers.push(value)
  const shown = powers.length > 4 ? powers.filter((_, index) => index % 2 === 0) : powers
  return [...shown, most]
}

/** Source: https://bottosson.github.io/posts/oklab/ */
function oklchToHex(lightness: number, chroma: number, hue: number): string {
  const angle = (hue * Math.PI) / 180
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)]
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
  return `#${linear.map((channel) => hexOf(gamma(channel))).join('')}`
}

function gamma(channel: number): number {
  return channel <= 0.0031308 ? 12.92 * channel : 1.055 * channel ** (1 / 2.4) - 0.055
}

function hexOf(channel: number): string {
  return Math.round(Math.max(0, Math.min(1, channel)) * 255)
    .toString(16)
    .padStart(2, '0')
}
