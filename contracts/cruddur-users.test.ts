import { expect, test } from 'vitest'
import {
  chooseByShare,
  FEATURE_SHARES,
  findUser,
  PLAN_SHARES,
  REGION_SHARES,
  USERS,
} from './cruddur-users.ts'

test('there are 300 users, each with another handle, which the api accepts', () => {
  expect(new Set(USERS.map(({ handle }) => handle)).size).toBe(300)
  for (const { handle } of USERS) expect(handle).toMatch(/^[a-z0-9_]{1,30}$/)
  expect(new Set(USERS.map(({ displayName }) => displayName)).size).toBe(300)
})

test('the authors of the sample’s posts come first, and keep their names', () => {
  const names = USERS.slice(0, 5).map(({ handle, displayName }) => `${handle}: ${displayName}`)
  expect(names).toEqual([
    'maya: Maya Lindqvist',
    'tomasz: Tomasz Zieliński',
    'ines: Inês Carvalho',
    'nkechi: Nkechi Obi',
    'arne: Arne Holm',
  ])
})

test('a user is found by the handle only', () => {
  expect(findUser('maya')).toBe(USERS[0])
  for (const wrong of ['Maya', ' maya', '', '__proto__', 'constructor'])
    expect(findUser(wrong)).toBeUndefined()
})

test.each<[string, (user: (typeof USERS)[number]) => readonly string[], Readonly<Record<string, number>>]>([
  ['plan', ({ plan }) => [plan], PLAN_SHARES],
  ['region', ({ region }) => [region], REGION_SHARES],
  [
    'feature',
    ({ features }) => Object.entries(features).flatMap(([name, isOn]) => (isOn ? [name] : [])),
    FEATURE_SHARES,
  ],
])('each %s has its share of the users', (_what, namesOf, shares) => {
  for (const [name, share] of Object.entries(shares)) {
    const count = USERS.filter((user) => namesOf(user).includes(name)).length
    expect(Math.abs(count / USERS.length - share), name).toBeLessThan(0.02)
  }
})

test('plan, region and features are independent of each other', () => {
  const isTeam = USERS.filter(({ plan }) => plan === 'team')
  const shareOf = (has: (user: (typeof USERS)[number]) => boolean) =>
    isTeam.filter(has).length / isTeam.length
  expect(Math.abs(shareOf(({ region }) => region === 'ap-south') - REGION_SHARES['ap-south'])).toBeLessThan(
    0.08,
  )
  expect(Math.abs(shareOf(({ features }) => features.ranked_feed) - FEATURE_SHARES.ranked_feed)).toBeLessThan(
    0.08,
  )
})

test('a place chooses the name whose share covers it', () => {
  const shares = { a: 0.25, b: 0.75 }
  expect([0, 0.24, 0.25, 0.999, 1].map((place) => chooseByShare(shares, place))).toEqual([
    'a',
    'a',
    'b',
    'b',
    'b',
  ])
})
