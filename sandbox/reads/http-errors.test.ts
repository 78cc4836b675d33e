import { expect, test } from 'vitest'
import { HttpError } from '../http/answer.ts'
import { ForeignPageError } from '../http/guard.ts'
import { createHttpErrorLog } from './http-errors.ts'

test('what pages of other sites cause is apart, and pushes out no error of an app', () => {
  const log = createHttpErrorLog()
  log.add({ path: '/v1/traces', headers: {} }, new HttpError(401, 'no key'))
  for (let index = 0; index < 200; index++) {
    const headers = { origin: `http://${index}.evil.example` }
    log.add({ path: '/v1/traces', headers }, new ForeignPageError(`not ${index}`, headers))
    log.add({ path: '/v1/traces', headers }, new ForeignPageError(`not ${index}`, headers))
  }
  expect(log.list()).toMatchObject([{ status: 401, message: 'no key' }])
  expect(log.foreignPages()).toHaveLength(5)
  expect(log.foreignPages()[0]).toMatchObject({
    origin: 'http://199.evil.example',
    message: 'not 199',
    count: 2,
  })
})

test('a link to an API’s address is no error of an app', () => {
  const log = createHttpErrorLog()
  const headers = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }
  log.add({ path: '/1/auth', headers }, new HttpError(401, 'no key'))
  expect([log.list(), log.foreignPages()]).toEqual([[], []])
})

test('the latest 60 reasons are kept', () => {
  const log = createHttpErrorLog()
  for (let index = 0; index < 70; index++) {
    log.add({ path: '/v1/logs', headers: {} }, new HttpError(400, `reason ${index}`))
  }
  expect(log.list()).toHaveLength(60)
  expect(log.list()[0]).toMatchObject({ provider: 'honeycomb', message: 'reason 69', count: 1 })
})
