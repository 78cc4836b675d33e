import { signal } from '@preact/signals'
import { parseQuestion } from './question.ts'
import type { NamedQuestion } from './starters.ts'

const KEY = 'questions'

/** The user's own questions, the latest first. Where the browser stores nothing they last until the page is closed. */
export const savedQuestions = signal<readonly NamedQuestion[]>(stored())

/** Replaces one of the same name. */
export function saveQuestion(saved: NamedQuestion): void {
  keep([saved, ...savedQuestions.value.filter(({ name }) => name !== saved.name)])
}

export function deleteQuestion(name: string): void {
  keep(savedQuestions.value.filter((saved) => saved.name !== name))
}

function keep(questions: readonly NamedQuestion[]): void {
  savedQuestions.value = questions
  try {
    localStorage.setItem(KEY, JSON.stringify(questions))
  } catch {
    // As described at `savedQuestions`.
  }
}

function stored(): NamedQuestion[] {
  try {
    return readSaved(localStorage.getItem(KEY) ?? '[]')
  } catch {
    return []
  }
}

/** Leaves out what another version of the page, or a person, has stored in another form. */
function readSaved(text: string): NamedQuestion[] {
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list)) return []
  return list.flatMap(({ name, dataset, question }: Partial<NamedQuestion>) => {
    const read = parseQuestion(JSON.stringify(question ?? null))
    const isRead = typeof name === 'string' && typeof dataset === 'string' && read.question
    return isRead ? [{ name, dataset, question: read.question }] : []
  })
}
