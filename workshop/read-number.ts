const GROUPS = /^[1-9]\d{0,2}([,\s_'’]\d{3})+(\.\d+)?$/
const PLAIN = /^\d+([.,]\d+)?$/

/**
 * The number in a learner's answer; undefined where it is none. `1,102`, `1 102` and `1’102` are groups of three digits, as
 * the page writes them; every other comma is a decimal one: `12,4`.
 */
export function readNumber(answer: string): number | undefined {
  const text = answer.trim()
  if (GROUPS.test(text)) return Number(text.replaceAll(/[^\d.]/g, ''))
  return PLAIN.test(text) ? Number(text.replace(',', '.')) : undefined
}
