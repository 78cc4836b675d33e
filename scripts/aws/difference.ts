/** One field that is not as it should be. */
export interface Difference {
  readonly field: string
  readonly from: unknown
  readonly to: unknown
}

/** The fields of `wanted` that `found` has otherwise; what `found` has beyond them is nobody's business here. */
export function differences(wanted: object, found: object): Difference[] {
  const actual = new Map(Object.entries(found))
  return Object.entries(wanted)
    .filter(([field, to]) => actual.get(field) !== to)
    .map(([field, to]) => ({ field, from: actual.get(field), to }))
}

/** `FixedRate: 0.05 → 0.1` */
export function formatDifference({ field, from, to }: Difference): string {
  return `${field}: ${from === undefined ? 'nothing' : JSON.stringify(from)} → ${JSON.stringify(to)}`
}
