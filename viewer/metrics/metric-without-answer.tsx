import { count, plural } from '../../analysis/format.ts'
import type { MetricEntry, MetricQuestion } from '../../contracts/sandbox/metrics.ts'
import { hrefOfQuestion } from './metric-question.ts'
import { lastCell } from './metric-sort.ts'
import { kindWords } from './metric-words.ts'

/** A metric that once had points. */
export function AllDeleted({ entry }: { readonly entry: MetricEntry }) {
  return (
    <div class="empty">
      <h2>All points of this metric were deleted</h2>
      <p>
        The sandbox keeps the newest points of all metrics, and nothing older than seven days. Of this metric
        it had received {count(entry.points)}. It has values again when its sender sends the next ones.
      </p>
    </div>
  )
}

interface SeveralProps {
  readonly entries: readonly MetricEntry[]
  readonly question: MetricQuestion
}

/** Metrics of one name. */
export function Several({ entries, question }: SeveralProps) {
  return (
    <div class="empty">
      <h2>{entries.length} metrics have this name</h2>
      <ul class="several">
        {entries.map((entry) => (
          <li key={`${entry.dataset} ${entry.kind}`}>
            <a href={hrefOfQuestion({ ...question, dataset: entry.dataset, kind: entry.kind })}>
              {entry.dataset.slice(0, 200)}
            </a>
            , {kindWords(entry)}, {plural(entry.series, 'time series', 'time series')}: {lastCell(entry)}
          </li>
        ))}
      </ul>
    </div>
  )
}
