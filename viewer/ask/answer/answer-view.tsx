import type { QueryAnswer, QueryInput } from '../../../contracts/sandbox/query.ts'
import { calculationName } from '../../../contracts/sandbox/query-words.ts'
import { Table } from '../../shell/table.tsx'

interface Props {
  readonly dataset: string
  /** What the answer answers. */
  readonly question: QueryInput
  readonly answer: QueryAnswer
  /** A newer question is running. */
  readonly isStale: boolean
  readonly onChange: (next: QueryInput) => void
}

/** The results as a table. */
export function AnswerView({ question, answer, isStale }: Props) {
  const breakdowns = question.breakdowns ?? []
  const calculations = question.calculations?.length ? question.calculations : [{ op: 'COUNT' as const }]
  const columns = [
    ...breakdowns,
    ...calculations.filter(({ op }) => op !== 'HEATMAP').map((calculation) => calculationName(calculation)),
  ]
  return (
    <section class="card table-box" aria-label="Results" aria-busy={isStale} tabIndex={0}>
      <Table columns={columns} firstNumber={breakdowns.length}>
        {answer.results.map((result, index) => (
          <tr key={index}>
            {columns.map((column, at) => (
              <td key={column} class={at < breakdowns.length ? '' : 'number'}>
                {String(result[column] ?? '–')}
              </td>
            ))}
          </tr>
        ))}
      </Table>
    </section>
  )
}
