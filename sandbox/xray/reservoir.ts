/** A client that has not reported for this long takes no share any more. s */
const CLIENT_AGE_S = 30

/**
 * Divides a rule's reservoir, in requests per second, among the clients that have reported requests for it in the
 * last thirty seconds. The shares are whole and add up to the reservoir; what does not divide goes to the clients
 * that come first by their id.
 */
export function createReservoirs() {
  const clients = new Map<string, Map<string, number>>()
  return {
    /** This client's share, once its report is counted. */
    share(rule: string, reservoir: number, clientId: string, requests: number, nowS: number): number {
      const ofRule = clients.get(rule) ?? new Map<string, number>()
      clients.set(rule, ofRule)
      if (requests > 0) ofRule.set(clientId, nowS)
      for (const [id, seenS] of ofRule) if (nowS - seenS > CLIENT_AGE_S) ofRule.delete(id)
      const ids = [...new Set([...ofRule.keys(), clientId])].sort()
      const rest = reservoir % ids.length
      return Math.floor(reservoir / ids.length) + (ids.indexOf(clientId) < rest ? 1 : 0)
    },
  }
}
