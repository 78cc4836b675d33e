import { useEffect, useRef, useState } from 'preact/hooks'
import { isSameQuestion, questionAt } from '../../../analysis/questions/question.ts'
import type { QueryAnswer, QueryInput } from '../../../contracts/sandbox/query.ts'
import { hrefOf, navigate, query } from '../../shell/router.ts'
import { type Compared, isStillThere, readSelection, selectionText } from './compared.ts'

/** In the page's address. */
const PARAMETER = 'selection'

/**
 * What is compared with the rest, and how to change it. It ends with the heatmap or the groups that it was chosen in. The
 * address has it too, for a reload, a link, and the way back from a trace.
 */
export function useCompared(dataset: string, question: QueryInput, answer: QueryAnswer) {
  const inAddress = query.value.get(PARAMETER) ?? undefined
  const chosenAt = (text: string | undefined) => {
    const compared = text === undefined ? undefined : readSelection(text)
    return compared && { dataset, compared }
  }
  const [chosen, setChosen] = useState(() => chosenAt(inAddress))
  const isHere = chosen?.dataset === dataset && isStillThere(chosen.compared, question, answer)
  const compared = isHere ? chosen.compared : undefined
  const text = compared && selectionText(compared)

  const written = useRef(text)
  const address = query.value.toString()
  useEffect(() => {
    const asked = questionAt(query.peek())
    // The answer to the address's question is on its way: it decides whether the selection is still there.
    if (asked.dataset !== dataset || !asked.question || !isSameQuestion(asked.question, question)) return
    const isOfHistory = text === written.current && inAddress !== undefined && inAddress !== text
    written.current = text
    if (isOfHistory) setChosen(chosenAt(inAddress))
    else if (inAddress !== text) {
      const search = new URLSearchParams(query.peek())
      if (text === undefined) search.delete(PARAMETER)
      else search.set(PARAMETER, text)
      navigate(hrefOf('ask', search.toString()), { replaces: true })
    }
  }, [text, address, question])

  return [compared, (next: Compared | undefined) => setChosen(next && { dataset, compared: next })] as const
}
