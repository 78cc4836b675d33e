import { useEffect, useRef, useState } from 'preact/hooks'
import type { ClauseNote, QueryErrorBody } from '../../contracts/sandbox/query.ts'
import { fetchFromSandbox, isAbort, UnreachableError } from './api.ts'

/** A pause in typing after which the question is asked. ms */
const TYPING_MS = 120
/** After this time a sandbox that did not answer is asked again. ms */
const RETRY_MS = 3_000

/** An answer, and what it answers. */
export interface Answered<Question, Answer> {
  readonly dataset: string
  readonly question: Question
  readonly answer: Answer
}

interface State<Question, Answer> {
  readonly answered?: Answered<Question, Answer>
  readonly answeredKey?: string
  /** What is wrong with the last question, by clause. */
  readonly issues: readonly ClauseNote[]
  /** Why there is no newer answer; empty if there is, or if the question is wrong. */
  readonly trouble: string
}

const NOTHING = { issues: [], trouble: '' }

/**
 * The answer to a question that is posted to `address`. A question that is still typed is asked after a pause, and ends the one before. The last answer
 * stays until a newer one arrives.
 */
export function useAnswer<Question, Answer>(
  address: string,
  dataset: string,
  question: Question | undefined,
  isTyping: boolean,
) {
  const [state, setState] = useState<State<Question, Answer>>(NOTHING)
  const [isRunning, setRunning] = useState(false)
  const [runs, setRuns] = useState(0)
  const text = question && JSON.stringify(question)
  const key = `${address} ${text}`
  const running = useRef<AbortController>(undefined)
  useEffect(() => {
    if (text === undefined) {
      setState(NOTHING)
      setRunning(false)
      return
    }
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout>
    const run = async () => {
      running.current = abort
      setRunning(true)
      try {
        const result = await ask<Answer>(address, text, abort.signal)
        setState((before) =>
          'answer' in result
            ? {
                answered: { dataset, question: JSON.parse(text), answer: result.answer },
                answeredKey: key,
                issues: [],
                trouble: '',
              }
            : { ...before, ...result },
        )
      } catch (error) {
        if (isAbort(error)) return
        setState((before) => ({ ...before, trouble: (error as Error).message }))
        if (error instanceof UnreachableError) timer = setTimeout(run, RETRY_MS)
      }
      setRunning(false)
      running.current = undefined
    }
    timer = setTimeout(run, isTyping ? TYPING_MS : 0)
    return () => {
      clearTimeout(timer)
      abort.abort()
      running.current = undefined
    }
  }, [key, runs])
  return {
    ...state,
    isRunning,
    isStale: state.answeredKey !== key,
    /** Asks again, unless an answer is on its way. */
    again: () => {
      if (!running.current) setRuns((before) => before + 1)
    },
  }
}

/** Throws an Error with a sentence for the page, or the AbortError. */
async function ask<Answer>(
  address: string,
  question: string,
  signal: AbortSignal,
): Promise<{ answer: Answer } | { issues: readonly ClauseNote[]; trouble: string }> {
  const response = await fetchFromSandbox(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: question,
    signal,
  })
  const body: unknown = await response.json().catch((error: unknown) => {
    if (isAbort(error)) throw error
    return {}
  })
  if (response.ok) return { answer: body as Answer }
  const { message = `The sandbox answered ${response.status}.`, issues = [] } =
    body as Partial<QueryErrorBody>
  // The issues are shown at their clauses, all others above the builder.
  return { issues, trouble: issues.some(({ clause }) => clause) ? '' : message }
}
