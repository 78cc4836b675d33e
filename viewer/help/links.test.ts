import { expect, test } from 'vitest'
import { helpLink } from './links.ts'

test.each([
  ['flask.md', { kind: 'page', name: 'flask', id: '' }],
  ['./two-rows.md#why', { kind: 'page', name: 'two-rows', id: 'why' }],
  ['#one-id', { kind: 'page', name: 'go', id: 'one-id' }],
  ['https://docs.example/a.md#b', { kind: 'web', href: 'https://docs.example/a.md#b' }],
  ['../../examples/flask/app.py', { kind: 'file', path: 'examples/flask/app.py' }],
  ['../settings.md', { kind: 'file', path: 'settings.md' }],
  ['javascript:alert(1)', { kind: 'file', path: 'javascript:alert(1)' }],
])('%s', (href, expected) => expect(helpLink(href, 'go')).toEqual(expected))
