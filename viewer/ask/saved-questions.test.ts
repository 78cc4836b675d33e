import { beforeEach, expect, test, vi } from 'vitest'
import { deleteQuestion, readSaved, savedQuestions, saveQuestion } from './saved-questions.ts'

const KEY = 'questions'
const items = new Map<string, string>()
const saved = (name: string) => ({ name, dataset: '__all__', question: { limit: 5 } })
const names = () => savedQuestions.value.map(({ name }) => name)

beforeEach(() => {
  items.clear()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
  })
  return () => vi.unstubAllGlobals()
})

test('questions in another form are left out, the others stay', () => {
  const text = JSON.stringify([null, 5, 'text', { name: 'no question' }, saved('mine'), { name: 1 }])
  expect(readSaved(text)).toEqual([saved('mine')])
  expect(readSaved('{}')).toEqual([])
})

test('what another tab has saved stays', () => {
  saveQuestion(saved('first'))
  items.set(KEY, JSON.stringify([saved('of another tab'), saved('first')]))
  saveQuestion(saved('second'))
  expect(names()).toEqual(['second', 'of another tab', 'first'])
  deleteQuestion('first')
  expect(JSON.parse(items.get(KEY) ?? '').map(({ name }: { name: string }) => name)).toEqual(names())
})
