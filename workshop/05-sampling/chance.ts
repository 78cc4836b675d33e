/** How many of a rule's requests the reservoir kept, so that the rate decided the rest. */
export interface ReservoirSplit {
  readonly requests: number
  /** How many the reservoir kept. */
  readonly fromReservoir: number
}

/**
 * How many requests a rule keeps with this rate (0 to 1) for those that its reservoir does not keep, and how far the number
 * is from that by chance in 19 of 20 cases: two standard deviations of a binomial distribution.
 */
export function keptAt(
  rate: number,
  { requests, fromReservoir }: ReservoirSplit,
): { kept: number; spread: number } {
  const rest = requests - fromReservoir
  return { kept: fromReservoir + rest * rate, spread: 2 * Math.sqrt(rest * rate * (1 - rate)) }
}

export function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`
}
