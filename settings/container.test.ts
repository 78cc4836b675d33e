import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { describeContainer } from './container.ts'
import { readSettings } from './read.ts'

const read = (WORKSPACE_CONTAINER: string) =>
  describeContainer(readSettings({ WORKSPACE_ENV_FILE: '/nonexistent/.env', WORKSPACE_CONTAINER }))

test.each([
  ['', undefined],
  ['image', { id: hostname() }],
  ['tracing/live-api', { id: hostname(), project: 'tracing', service: 'live-api' }],
  // A Compose without COMPOSE_PROJECT_NAME.
  ['/api', { id: hostname(), service: 'api' }],
])('WORKSPACE_CONTAINER=%s', (text, expected) => {
  expect(read(text)).toEqual(expected)
})

test('another value is an error', () => {
  expect(() => read('api')).toThrow(
    'WORKSPACE_CONTAINER "api" (environment) is neither "image" nor project/service',
  )
})
