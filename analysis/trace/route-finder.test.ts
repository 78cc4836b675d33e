import { expect, test } from 'vitest'
import { routeFinder } from './route-finder.ts'

test('a path has the name of its route, the one with fewer parameters first', () => {
  const routeOf = routeFinder([
    '/api/activities/:uuid',
    '/api/activities/home',
    '/api/activities/@:handle',
    '/items/{id}/parts',
  ])
  expect(
    [
      '/api/activities/home',
      '/api/activities/@maya',
      '/api/activities/9',
      '/items/7/parts',
      '/items/7/parts/9',
      '/other/4bf92f3577b34da6',
      '/other/deadbeef',
    ].map(routeOf),
  ).toEqual([
    '/api/activities/home',
    '/api/activities/@:handle',
    '/api/activities/:uuid',
    '/items/{id}/parts',
    '/items/:id/parts/:id',
    '/other/:id',
    '/other/deadbeef',
  ])
})
