import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { createTerminal } from './terminal.ts'

/** Moves the cursor to the start of the line, before each redraw. */
const CURSOR_TO_START = '\u001b[1G'

/** A terminal of this width, and everything written to it. */
function fakeTerminal(columns: number) {
  let output = ''
  const stream = new PassThrough().on('data', (chunk) => {
    output += chunk
  })
  const tty = Object.assign(stream, { isTTY: true, columns }) as unknown as NodeJS.WriteStream
  return { terminal: createTerminal(tty), output: () => output }
}

const work = async (update: (detail: string) => void) => {
  update('a detail')
  await new Promise((done) => setTimeout(done, 100))
  return 7
}

test.each([20, 200])(
  'a step on a terminal of %i columns is one line, redrawn, and ends with its outcome',
  async (columns) => {
    const { terminal, output } = fakeTerminal(columns)
    const title = 'Sending requests to the api and waiting'
    expect(await terminal.progress(title, work, (sent) => `Sent ${sent}`)).toBe(7)
    const lines = stripVTControlCharacters(output()).split(/[\r\n]/)
    const drawn = output().split(CURSOR_TO_START).map(stripVTControlCharacters)
    expect(lines.at(-2)).toContain('✓ Sent 7')
    expect(drawn.every((line) => line.length < columns)).toBe(true)
    if (columns !== 20) expect(drawn.some((line) => line.includes('waiting: a detail'))).toBe(true)
  },
)

test('a step that throws ends with its title and ✗, and the error is thrown on', async () => {
  const { terminal, output } = fakeTerminal(80)
  await expect(terminal.progress('Starting', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(stripVTControlCharacters(output())).toMatch(/✗ Starting\n$/)
})

test.each([0, 1, 19])('on %i columns a step is whole lines', async (columns) => {
  const { terminal, output } = fakeTerminal(columns)
  await terminal.progress('Starting', work)
  expect(stripVTControlCharacters(output())).toBe('… Starting\n✓ Starting\n')
})

test('no text reaches the terminal with a control character, or begins a line as a finding of the command does', () => {
  const stream = new PassThrough()
  const terminal = createTerminal(stream as unknown as NodeJS.WriteStream)
  terminal.fail('Honeycomb answered: \u001b[2J\u009b31mno\r\n✓ All is well.\n  indented', 'npm run\u0007 x')
  terminal.line(['one ', terminal.dim('\u001b]0;title\u0007two')])
  terminal.line('\n✓ All is well.')
  terminal.line(['one\n', '✓ All is well.'])
  expect(stream.read().toString()).toBe(
    '✗ Honeycomb answered:  [2J 31mno\n  ✓ All is well.\n  indented\n  → npm run  x\none  ]0;title two\n\n  ✓ All is well.\none\n  ✓ All is well.\n',
  )
})

test('without a terminal a step is whole lines without colour', async () => {
  const stream = new PassThrough()
  const terminal = createTerminal(stream as unknown as NodeJS.WriteStream)
  await terminal.progress('Starting', async () => 1)
  expect(stream.read().toString()).toBe('… Starting\n✓ Starting\n')
})
