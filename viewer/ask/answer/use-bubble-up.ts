import { useEffect, useState } from 'preact/hooks'
import type { BubbleUpAnswer, BubbleUpInput } from '../../../contracts/sandbox/query.ts'
import { getJson, isAbort } from '../../shell/api.ts'

interface State {
  readonly answer: BubbleUpAnswer | undefined
  readonly error: string
  readonly isRunning: boolean
}

/** Asks again when the question changes; the last answer stays until the next arrives. */
export function useBubbleUp(dataset: string, question: BubbleUpInput): State {
  const [state, setState] = useState<State>({ answer: undefined, error: '', isRunning: true })
  const body = JSON.stringify(question)
  useEffect(() => {
    const abort = new AbortController()
    setState(({ answer }) => ({ answer, error: '', isRunning: true }))
    getJson<BubbleUpAnswer>(`sandbox/bubble-up?${new URLSearchParams({ dataset })}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: abort.signal,
    }).then(
      (answer) => {
        // A 404 has a body without these.
        const error = 'dimensions' in answer ? '' : ((answer as { message?: string }).message ?? 'No answer.')
        setState({ answer: error ? undefined : answer, error, isRunning: false })
      },
      (error: Error) => {
        if (!isAbort(error)) setState({ answer: undefined, error: error.message, isRunning: false })
      },
    )
    return () => abort.abort()
  }, [dataset, body])
  return state
}
