import { z } from 'zod'
import { count, percent, plural } from '../../../analysis/format.ts'
import { ALL_DATASETS } from '../../../contracts/sandbox/query-words.ts'
import { defineTool } from '../tool.ts'

const MAX_COLUMNS = 120
const MAX_VALUES = 8
const MAX_VALUES_OF_ONE = 100

export const listColumns = defineTool({
  name: 'list_columns',
  title: 'List columns',
  description:
    'The columns that ask can filter, group and calculate by, with their types and most frequent values; and the datasets. With column: the values of that one.',
  input: z.strictObject({
    dataset: z.string().max(300).default(ALL_DATASETS),
    named: z.string().max(100).optional().describe('Only columns whose name contains this'),
    column: z.string().max(300).optional().describe('Only this column, with more of its values'),
    values_with: z.string().max(200).optional().describe('With column: only values that contain this'),
  }),
  isReadOnly: true,
  async run({ dataset, named, column, values_with }, { reads }) {
    const { columns, datasets, rows } = await reads.columns({ dataset, column, contains: values_with })
    const wanted = named?.toLowerCase()
    const found = wanted ? columns.filter(({ name }) => name.toLowerCase().includes(wanted)) : columns
    const listed = found.slice(0, MAX_COLUMNS)
    const most = column === undefined ? MAX_VALUES : MAX_VALUES_OF_ONE
    return {
      facts: [
        `${plural(rows, 'event')}, ${plural(columns.length, 'column')}; ${count(listed.length)} listed${found.length > listed.length ? ` of ${count(found.length)}: give a part of a name as "named"` : ''}. A line: name | type | share of the events that have it | different values | the most frequent ones.`,
      ],
      telemetry: [
        `Datasets: ${datasets.map(({ slug, rows: events }) => `${slug} (${count(events)})`).join(', ')}`,
        ...listed.map(({ name, type, share, distinct, values }) => {
          const shown = values.slice(0, most).map(({ value }) => JSON.stringify(value).slice(0, 40))
          return `${name} | ${type} | ${percent(share)} | ${count(distinct)} | ${shown.join(', ')}`
        }),
      ],
      narrow: 'Give a part of a name as "named".',
    }
  },
})
