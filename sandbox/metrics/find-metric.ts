import type { MetricQuestion } from '../../contracts/sandbox/metrics.ts'
import { clauseError } from '../query/query-error.ts'
import { QueryError } from '../read-thread/read-error.ts'
import type { HeldMetric } from './held-metric.ts'

/** Names that a message lists. */
const LISTED = 10
/** Names that are compared with an unknown one. */
const COMPARED = 5_000

/**
 * The metric that a question is about. Throws a QueryError: 404 for one that is not stored, with the nearest name, and 400
 * where the name is that of several metrics. `isKnown` says whether a metric of this name has ever arrived.
 */
export function findMetric(
  metrics: readonly HeldMetric[],
  { name, dataset, kind }: Pick<MetricQuestion, 'name' | 'dataset' | 'kind'>,
  isKnown: (name: string) => boolean,
): HeldMetric {
  const named = metrics.filter((metric) => metric.name === name)
  const matching = named.filter(
    (metric) => metric.dataset === (dataset ?? metric.dataset) && metric.kind === (kind ?? metric.kind),
  )
  const [found] = matching
  if (found && matching.length === 1) return found
  if (found) {
    const isOneDataset = matching.every((metric) => metric.dataset === found.dataset)
    const clause = isOneDataset ? 'kind' : 'dataset'
    const choices = listOf(matching.map((metric) => metric[clause]))
    throw clauseError([{ clause, message: `"${name}" is the name of several metrics: choose ${choices}` }])
  }
  if (named.length > 0) {
    const places = listOf(named.map((one) => `dataset ${one.dataset}, kind ${one.kind}`))
    throw new QueryError(404, `there is no such metric "${name}": it is in ${places}`)
  }
  if (isKnown(name)) {
    throw new QueryError(404, `all points of "${name}" have been deleted: the oldest ones are, to make room`)
  }
  const nearest = nearestName(
    name,
    metrics.slice(0, COMPARED).map((metric) => metric.name),
  )
  const hint = nearest === undefined ? 'GET /sandbox/metrics lists them all' : `did you mean "${nearest}"?`
  throw new QueryError(404, `there is no metric "${name}": ${hint}`)
}

function listOf(texts: readonly string[]): string {
  const all = [...new Set(texts)].toSorted()
  return `${all.slice(0, LISTED).join(' or ')}${all.length > LISTED ? ' or …' : ''}`
}

/** The name with which it shares the greatest part of its letters, three at a time; undefined if that is none. */
function nearestName(name: string, names: readonly string[]): string | undefined {
  const wanted = trigramsOf(name)
  let [nearest, most]: [string | undefined, number] = [undefined, 0]
  for (const known of new Set(names)) {
    const own = trigramsOf(known)
    const shared = (2 * own.intersection(wanted).size) / (own.size + wanted.size)
    if (shared > most) [nearest, most] = [known, shared]
  }
  return nearest
}

function trigramsOf(name: string): Set<string> {
  const text = `  ${name.slice(0, 200).toLowerCase()} `
  return new Set(Array.from({ length: text.length - 2 }, (_, index) => text.slice(index, index + 3)))
}
