import { csvOf } from '../../analysis/questions/csv.ts'
import { parseQuestion, questionSearch } from '../../analysis/questions/question.ts'
import { granularitiesFor } from '../../analysis/times.ts'
import { type QueryAnswer, QueryErrorBody, type QueryInput } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS, DEFAULT_TIME_RANGE_S, QUERY_LIMITS } from '../../contracts/sandbox/query-words.ts'
import { UserError } from '../../contracts/user-error.ts'
import { sandboxPage, sandboxUrl } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { csvText, jsonText } from '../command-line/data-text.ts'
import { plainLine } from '../command-line/plain-line.ts'
import { columnsOf, styledText } from '../command-line/styled-lines.ts'
import { createTerminal } from '../command-line/terminal.ts'
import { requireOwn } from '../processes/neighbour.ts'
import { SandboxReads } from '../sandbox-reads/sandbox-reads.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { answerLines, hasValues, noteText, nothingLines, valuelessLines } from './answer-lines.ts'
import { chartColumns } from './chart-lines.ts'
import { atTimes, type ClauseValues, hasClauses, questionOf, type TimeValues } from './question-options.ts'

/** The options of the command, as far as they are given. */
export interface AskValues extends ClauseValues, TimeValues {
  readonly dataset?: string | undefined
  readonly json?: boolean | undefined
  readonly csv?: boolean | undefined
}

/** Runs `npm run ask`: asks the question of the options, else the specification on standard input. Throws a UserError. */
export async function runAsk(values: AskValues): Promise<void> {
  if (values.json && values.csv) {
    throw new UserError({
      code: 'USAGE',
      what: 'Choose one of --json and --csv.',
      fix: 'npm run ask -- --help',
    })
  }
  const settings = readSettings()
  await requireOwn('sandbox', sandboxUrl(settings), settings)
  const reads = new SandboxReads(sandboxUrl(settings))
  const given = hasClauses(values) ? questionOf(values) : await readStdin(reads)
  const question = atTimes(given, values)
  const dataset = values.dataset ?? ALL_DATASETS
  const width = columnsOf(process.stdout)
  const isData = values.json || values.csv
  const columns = chartColumns(width, (question.breakdowns?.length ?? 0) > 0)
  const answer = await ask(reads, isData ? question : withStepsFor(question, columns), dataset)
  const people = createTerminal(isData ? process.stderr : process.stdout)
  for (const note of answer.warnings) people.warn(plainLine(noteText(question, note)))
  const page = sandboxPage(settings, await detectWorkspace().portUrl(settings.SANDBOX_PORT))
  const url = `${page}/ask?${questionSearch(dataset, question)}`
  if (values.json) return void process.stdout.write(`${jsonText({ url, ...answer }, 2)}\n`)
  if (values.csv) return void process.stdout.write(csvText(csvOf(question, answer), process.stdout))
  const isEmpty = answer.results.length === 0 || answer.rows === 0
  const lines = isEmpty
    ? nothingLines(question, answer, await reads.columns(), width)
    : hasValues(question, answer)
      ? answerLines(question, answer, width)
      : valuelessLines(question, await reads.columns(), width)
  process.stdout.write(styledText([...lines, [], [url]], process.stdout))
}

/** Throws a UserError: QUERY_INVALID names the wrong clauses as a person writes them. */
async function ask(reads: SandboxReads, question: QueryInput, dataset: string): Promise<QueryAnswer> {
  try {
    return await reads.ask(question, dataset)
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'QUERY_INVALID') throw error
    const issues = QueryErrorBody.shape.issues.safeParse(error.cause).data ?? []
    if (issues.length === 0)
      throw dataset === ALL_DATASETS ? error : await unknownDataset(reads, dataset, error)
    const what = issues.map((issue) => plainLine(noteText(question, issue))).join('\n  ')
    throw new UserError({ ...error.diagnosis, what }, { cause: error })
  }
}

/** Names the stored datasets where the asked one is none of them; else the same error. */
async function unknownDataset(reads: SandboxReads, dataset: string, error: UserError): Promise<UserError> {
  const { datasets } = await reads.columns()
  const names = datasets.map(({ slug }) => slug)
  if (names.includes(dataset)) return error
  return new UserError({
    code: 'DATASET_UNKNOWN',
    what: `No event of the dataset ${dataset} is stored.`,
    fix:
      names.length > 0
        ? `--dataset ${names.slice(0, 10).join(', or ')}`
        : 'npm run verify sends two requests',
  })
}

/** With steps of time so wide that a chart of so many columns has one for each, unless the question chooses a width. */
function withStepsFor(question: QueryInput, columns: number): QueryInput {
  if (question.granularity) return question
  const { start_time, end_time, time_range } = question
  const nowS = Date.now() / 1_000
  const range = start_time ? (end_time ?? nowS) - start_time : (time_range ?? DEFAULT_TIME_RANGE_S)
  const granularity = granularitiesFor(range).find((seconds) => range / seconds <= columns)
  return granularity ? { ...question, granularity } : question
}

/** Throws a UserError: USAGE, or SANDBOX_DOWN where the input is empty and no sandbox could answer a question either. */
async function readStdin(reads: SandboxReads): Promise<QueryInput> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk
    if (text.length > QUERY_LIMITS.bytes)
      throw notAQuestion(`it has more than ${QUERY_LIMITS.bytes / 1024 / 1024} MiB.`)
  }
  if (text.trim() === '') {
    await reads.providers()
    throw notAQuestion('it is empty.')
  }
  const { question, problem } = parseQuestion(text)
  if (!question) throw notAQuestion(problem)
  return question
}

function notAQuestion(why: string): UserError {
  return new UserError({
    code: 'USAGE',
    what: `Standard input has no question: ${why}`,
    fix: 'Give clauses as options (npm run ask -- --help), or: echo \'{"calculations":[{"op":"COUNT"}]}\' | npm run ask',
  })
}
