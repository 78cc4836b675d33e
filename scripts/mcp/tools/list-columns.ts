import { z } from 'zod'
import { count, cut, percent, plural } from '../../../analysis/format.ts'
import { ALL_DATASETS } from '../../../contracts/sandbox/query-words.ts'
import { defineTool } from '../tool.ts'

const MAX_COLUMNS = 120
const MAX_DATASETS = 20
const MAX_VALUES = 8
const MAX_VALUES_OF_ONE = 100
/** Characters of a value; more of them in the answer about one column. */
const [MAX_VALUE, MAX_VALUE_OF_ONE] = [40, 300]

export const listColumns = defineTool({
  name: 'list_columns',
  title: 'List columns',
  description:
    'The columns that ask can filter, group and calculate by, with their types and most frequent values; and the datasets. named: columns whose name contains a text. column: one column by its exact name, with more values, whole.',
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
    const isOne = column !== undefined
    const [most, longest] = isOne ? [MAX_VALUES_OF_ONE, MAX_VALUE_OF_ONE] : [MAX_VALUES, MAX_VALUE]
    return {
      facts: [
        `${plural(rows, 'event')}, ${plural(columns.length, 'column')}; ${count(listed.length)} listed${found.length > listed.length ? ` of ${count(found.length)}: give a part of a name as "named"` : ''}. A line: name | type | share of the events that have it | different values | the most frequent ones. A value that ends with … is cut: "column" has it whole, up to ${MAX_VALUE_OF_ONE} characters.`,
      ],
      telemetry: [
        `Datasets: ${datasets
          .slice(0, MAX_DATASETS)
          .map(({ slug, rows: events }) => `${slug} (${count(events)})`)
          .join(
            ', ',
          )}${datasets.length > MAX_DATASETS ? ` and ${plural(datasets.length - MAX_DATASETS, 'more dataset')}` : ''}`,
        ...listed.flatMap(({ name, type, share, distinct, values }) => {
          const shown = values.slice(0, most).map(({ value }) => cut(JSON.stringify(value), longest))
          const head = `${cut(name, 200)} | ${type} | ${percent(share)} | ${count(distinct)}`
          return isOne ? [head, ...shown.map((value) => `- ${value}`)] : [`${head} | ${shown.join(', ')}`]
        }),
      ],
      narrow: 'Give a part of a name as "named".',
    }
  },
})
