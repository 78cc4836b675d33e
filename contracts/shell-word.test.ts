import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shellWord } from './shell-word.ts'

test.each([
  '',
  "it's",
  '$HOME',
  '`id`',
  '$(id)',
  '"x"',
  'two words',
  'a;b&c|d',
  '~',
  '*',
  '!!',
  '\\',
  'a\nb',
  '#',
])('%j is one word', (text) => {
  const { stdout } = spawnSync('sh', ['-c', `printf '<%s>' ${shellWord(text)} end`], { encoding: 'utf8' })
  expect(stdout).toBe(`<${text}><end>`)
})

test('a plain path has no quotes', () => {
  expect(shellWord('/home/ada/my-app_2/.env')).toBe('/home/ada/my-app_2/.env')
})
