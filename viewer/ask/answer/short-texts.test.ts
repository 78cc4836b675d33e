import { expect, test } from 'vitest'
import { shortTexts } from './short-texts.ts'

const SELECT = 'select uuid, handle, message, likes_count from activities activity where expires_at > now()'

test('texts that begin alike are shown with the part in which they differ', () => {
  const [home, of, insert] = [
    `${SELECT} and reply_to is null`,
    `${SELECT} and handle = $1`,
    'insert into activities (handle, message, expires_at) values ($1, $2, $3) returning uuid',
  ]
  expect([...shortTexts([home, of, insert, 'begin', home]).entries()].toSorted()).toEqual([
    [insert, insert],
    [of, 'select uuid, handle, … now() and handle = $1'],
    [home, 'select uuid, handle, … now() and reply_to is null'],
  ])
})

test('a text that is the beginning of another, and texts without spaces', () => {
  expect(shortTexts([SELECT, `${SELECT} limit 1`]).get(SELECT)).toBe('select uuid, handle, … > now()')
  const long = 'x'.repeat(80)
  expect(shortTexts([`${long}1`, `${long}2`]).get(`${long}1`)).toBe(`${'x'.repeat(24)} … ${'x'.repeat(12)}1`)
  expect(shortTexts([])).toEqual(new Map())
})
