import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { shellLines } from './shell.ts'
import { environmentFor, STACKS } from './stacks.ts'

const PLACE = {
  http: 'http://127.0.0.1:4318',
  grpc: 'http://127.0.0.1:4317',
  // Two ports make a value with a space.
  daemon: 'udp:127.0.0.1:2000 tcp:127.0.0.1:2001',
  port: 4318,
  page: 'http://localhost:4318',
  region: 'us-east-1',
}

/** The environment of a shell after `eval` of the lines. */
function evaluated(shell: string, lines: string): Record<string, string> {
  const { status, stdout, stderr } = spawnSync(shell, ['-euc', 'eval "$LINES"; env -0'], {
    env: { PATH: process.env.PATH, LINES: lines },
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
  const pairs = stdout.split('\0').map((pair) => /^(\w+)=(.*)$/s.exec(pair)?.slice(1) ?? [])
  return Object.fromEntries(pairs)
}

describe.each(['sh', 'bash'])('eval in %s', (shell) => {
  test.each([undefined, ...STACKS])('sets every variable: %s', (stack) => {
    const environment = environmentFor(stack, PLACE)
    const { LINES, ...set } = evaluated(shell, shellLines(environment, undefined))
    expect(LINES).toMatch(/^# /)
    expect(environment.variables.length).toBeGreaterThanOrEqual(4)
    for (const { name, value } of environment.variables) expect(set[name], name).toBe(value)
  })
})

test('a value that would end a word or a quote is one word', () => {
  const value = `it's $HOME; echo "x" \`id\` #`
  const environment = {
    title: 'One',
    variables: [{ name: 'ODD', value, why: 'It’s odd: "quotes".' }],
    remarks: [],
  }
  expect(evaluated('sh', shellLines(environment, undefined)).ODD).toBe(value)
})
