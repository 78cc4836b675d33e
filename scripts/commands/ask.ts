import { CLAUSE_OPTIONS, hasClauses, TIME_OPTIONS } from '../ask/question-options.ts'
import { printHelp, runCommand } from '../command-line/command.ts'

const meta = {
  name: 'ask',
  summary: 'Asks a question about the events in the sandbox, in the clauses of Honeycomb’s query builder.',
  options: {
    ...CLAUSE_OPTIONS,
    ...TIME_OPTIONS,
    dataset: { type: 'string', meaning: 'A dataset, which is a service’s name (all)' },
    json: { type: 'boolean', meaning: 'Prints the answer as JSON' },
    csv: { type: 'boolean', meaning: 'Prints the groups as CSV; see below' },
  },
  examples: [
    'npm run ask -- --calculate COUNT --calculate "P95(duration_ms)" --group-by http.route --since 10m',
    'npm run ask -- --where "error = true" --group-by service.name,name',
    'npm run ask -- --calculate "HEATMAP(duration_ms)" --where "trace.parent_id does-not-exist"',
    'npm run ask -- --calculate "MAX(duration_ms)" --group-by name --having "COUNT > 10" --csv',
    'npm run ask < question.json               a specification, as the Ask page exports it',
  ],
  notes: [
    'In CSV a text that a spreadsheet could run as a formula (it begins with =, +, - or @) begins with an apostrophe. So does',
    'a text that has one itself: a program that reads the file removes one apostrophe from the start of a cell. On a',
    'terminal, line ends and control characters in a cell are spaces; redirect the output to a file to keep them.',
  ],
} as const

await runCommand(meta, async ({ values }) => {
  // A person at a terminal has typed no question: nothing would come from standard input.
  if (!hasClauses(values) && process.stdin.isTTY) return printHelp(meta)
  const { runAsk } = await import('../ask/run-ask.ts')
  await runAsk(values)
})
