const RFC3339 = /^(\d{4}-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i

/** Unix seconds of a time in RFC 3339's form; null for other text and for days that do not exist. */
export function unixTimeOf(text: string): number | null {
  const [, whole = '', month, day, fraction = '', zone = ''] = RFC3339.exec(text) ?? []
  const milliseconds = Date.parse(`${whole}${zone}`.toUpperCase())
  // Date.parse takes the 30th of February for the second of March.
  const local = new Date(Date.parse(`${whole}Z`.toUpperCase()))
  if (
    Number.isNaN(milliseconds) ||
    local.getUTCMonth() + 1 !== Number(month) ||
    local.getUTCDate() !== Number(day)
  ) {
    return null
  }
  return milliseconds / 1_000 + Number(`0${fraction}`)
}
