import { query } from '../shell/router.ts'
import { MetricListPage } from './metric-list.tsx'
import { MetricPage } from './metric-page.tsx'
import { questionAt } from './metric-question.ts'

/** All metrics, or the one in the address. */
export function MetricsPage() {
  const addressed = questionAt(query.value)
  if (!addressed) return <MetricListPage />
  const { name, dataset, kind } = addressed.question
  return <MetricPage key={JSON.stringify([name, dataset, kind])} {...addressed} />
}
