import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import stringWidth from 'fast-string-width'
import { expect, test } from 'vitest'
import { run } from '../../../tests/harness/run.ts'
import { temporaryFolder } from '../../../tests/harness/temporary-folder.ts'
import { createTerminal, silentTerminal } from '../../command-line/terminal.ts'
import { showClass } from './class.ts'
import type { ClassReport } from './report.ts'
import { showReport } from './show.ts'

const EMPTY: ClassReport = { rows: [], stuck: [], shared: [], sameNames: [], unread: [] }

const row = (learner: string, more: Partial<ClassReport['rows'][number]> = {}) => ({
  learner,
  file: 'f.json',
  exportedAt: '2026-11-26T20:00:00Z',
  states: ['passed', 'earlier', 'optional'] as const,
  done: 2,
  of: 12,
  flags: [],
  older: [],
  ...more,
})

async function shown(report: Partial<ClassReport>): Promise<string[]> {
  const stream = new PassThrough()
  showReport({ ...EMPTY, ...report }, createTerminal(stream as unknown as NodeJS.WriteStream))
  stream.end()
  return (await text(stream)).trimEnd().split('\n')
}

test('wide characters keep their columns', async () => {
  const lines = await shown({ rows: [row('雪'), row('Ada'), row('🦊 Bo')] })
  const columns = lines.slice(1, 4).map((line) => stringWidth(line.slice(0, line.indexOf('✓'))))
  expect(new Set(columns).size).toBe(1)
  expect(lines[1]).toMatch(/✓ +● +– +2\/12$/)
})

test('edited rows do not count in the totals', async () => {
  const lines = await shown({ rows: [row('Ada'), row('Bo', { flags: ['edited', 'shared'] })] })
  expect(lines[2]).toMatch(/^Bo .* 2\/12 +edited, shared$/)
  expect(lines[3]).toMatch(/^all +1 +1 +0 .* 1$/)
  expect(lines.join('\n')).toContain('Bo: the file was changed after the export')
})

test('below the table: who waits for what, who shares evidence, which file is bad', async () => {
  const lines = await shown({
    rows: [row('Ada', { older: ['old.json'] })],
    stuck: [
      {
        chapter: 3,
        condition: 'a search without results was kept',
        learners: [
          { learner: 'Ada', tries: 4 },
          { learner: 'Bo', tries: 1 },
        ],
      },
    ],
    shared: [{ chapters: [3, 4, 6], learners: ['Ada', 'Bo'] }],
    unread: [{ name: '\u001b[2Jcy.json', what: 'is empty', fix: 'ask for a new one' }],
  })
  expect(lines).toContain('  2 stuck on chapter 3, “a search without results was kept”: Ada (4 tries), Bo')
  expect(lines.join('\n')).toContain('Ada, Bo: the same traces are the evidence of chapters 3, 4 and 6.')
  expect(lines).toContain('  Ada: f.json counts, the newest; not old.json.')
  expect(lines).toContain('  [2Jcy.json is empty. → ask for a new one')
})

test('long lists are cut', async () => {
  const learners = Array.from({ length: 30 }, (_, index) => `L${index}`)
  const unread = learners.concat(learners).map((name) => ({ name, what: 'is empty', fix: 'x' }))
  const lines = await shown({ shared: [{ chapters: [3], learners }], unread })
  expect(lines.join('\n')).toContain('L10, L11 and 18 others: the same traces')
  expect(lines.at(-1)).toBe('  … and 20 more: --json has all')
})

test('the command reads files, folders and a pipe, and fails only if no file could be read', async () => {
  const folder = temporaryFolder()
  const file = (name: string, content: string) => writeFileSync(join(folder, name), content)
  const exported = (learner: string) =>
    JSON.stringify({ learner, exportedAt: '2026-11-26T20:00:00Z', chapters: [] })
  file('ada.json', `> npm\n${exported('Ada')}`)
  file('bad.json', '')
  const workshop = (args: readonly string[], input = '', env = {}) =>
    run(process.execPath, [join(import.meta.dirname, '../../commands/workshop.ts'), 'class', ...args], {
      cwd: join(import.meta.dirname, '../../..'),
      env: { PATH: process.env.PATH ?? '', ...env },
      input,
    })
  const table = await workshop([folder, '-'], exported('Bo') + exported('Cy'))
  expect([table.code, table.stderr]).toEqual([0, ''])
  expect(table.stdout).toMatch(/^Ada .*\nBo .*\nCy /m)
  expect(table.stdout).toContain('bad.json is empty')
  // As npm runs it for a person in another folder.
  const npm = { npm_lifecycle_event: 'workshop', INIT_CWD: folder }
  const bad = await workshop(['bad.json', '*.json', '--json'], '', npm)
  expect([bad.code, JSON.parse(bad.stdout).unread.map(({ name }: { name: string }) => name)]).toEqual([
    1,
    ['bad.json', '*.json'],
  ])
  await expect(showClass([], silentTerminal(), { isByName: false, isJson: false })).rejects.toThrow(
    'which files',
  )
})
