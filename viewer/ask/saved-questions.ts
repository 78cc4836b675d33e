import { signal } from '@preact/signals'
import { parseQuestion } from '../../analysis/questions/question.ts'
import type { NamedQuestion } from './starters.ts'

const KEY = 'questions'

/** The user's own questions, the latest first. Where the browser stores nothing they last until the page is closed. */
export const savedQuestions = signal<readonly NamedQuestion[]>(stored() ?? [])

// Another tab has saved or deleted one. The key is null if it has cleared the storage.
globalThis.window?.addEventListener('storage', ({ key }) => {
  if (key === KEY || key === null) savedQuestions.value = stored() ?? []
})

/** Replaces one of the same name. */
export function saveQuestion(saved: NamedQuestion): void {
  keep([saved, ...latest().filter(({ name }) => name !== saved.name)])
}

export function deleteQuestion(name: string): void {
  keep(latest().filter((saved) => saved.name !== name))
}

/** With those that another tab has saved. */
function latest(): readonly NamedQuestion[] {
  return stored() ?? savedQuestions.value
}

function keep(questions: readonly NamedQuestion[]): void {
  savedQuestions.value = questions
  try {
    localStorage.setItem(KEY, JSON.stringify(questions))
  } catch {
    // As described at `savedQuestions`.
  }
}

/** Undefined if the browser stores nothing. */
function stored(): NamedQuestion[] | undefined {
  try {
    const text = localStorage.getItem(KEY)
    return text === null ? [] : readSaved(text)
  } catch {
    return undefined
  }
}

/** Leaves out what another version of the page, or a person, has stored in another form. Throws if it is no JSON. */
export function readSaved(text: string): NamedQuestion[] {
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list)) return []
  return list.flatMap((item: Partial<NamedQuestion> | null) => {
    const { name, dataset, question } = item ?? {}
    const read = parseQuestion(JSON.stringify(question ?? null))
    const isRead = typeof name === 'string' && typeof dataset === 'string' && read.question
    return isRead ? [{ name, dataset, question: read.question }] : []
  })
}
