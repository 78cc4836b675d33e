import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './harness/process.ts'

/** The formats of real keys. Common scanners do not know Honeycomb's and Rollbar's. */
const FORMS: Readonly<Record<string, RegExp>> = {
  'a Honeycomb ingest key': /\bhc[a-z]i[ck]_[0-9a-z]{58}\b/,
  'a Honeycomb management key': /\bhc[a-z]mk_[0-9a-z]{26,}\b/,
  'a Rollbar token': /rollbar.{0,40}[^0-9a-f][0-9a-f]{32}(?![0-9a-f-])/i,
  'an AWS access key id': /\b(AKIA|ASIA)[A-Z2-7]{16}\b/,
  'an AWS secret access key': /aws_?secret.{0,30}["'=: ][A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/i,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  'a GitHub token': /\bgh[pousr]_[A-Za-z0-9]{36}\b/,
}

/** Example keys from AWS's and Honeycomb's documentation. */
const EXAMPLES = [
  'AKIAIOSFODNN7EXAMPLE',
  'hcaik_01hqk4k20cjeh63wca8vva5stw70nft6m5n8wr8f5mjx3762s8269j50wc',
  'hcxmk_01hqk4k20cjeh63wca8vva5stw70nft6m5n8wr8f5mjx3762s8269j50wc',
]

test.each([
  [`key: hcaik_${'a1'.repeat(29)}`, 'a Honeycomb ingest key'],
  [`ROLLBAR_ACCESS_TOKEN=${'0f'.repeat(16)}`, 'a Rollbar token'],
  [`AWS_SECRET_ACCESS_KEY=${'aB3/'.repeat(10)}`, 'an AWS secret access key'],
  [`id: AKIA${'Q2'.repeat(8)}`, 'an AWS access key id'],
  ['-----BEGIN RSA ' + 'PRIVATE KEY-----', 'a private key'],
])('the scan finds %s', (line, form) => {
  expect(findIn(line)).toContain(form)
})

// A download without git cannot list its files.
test.skipIf(!existsSync(resolve(ROOT, '.git')))('no file in git contains a key', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean)
  expect(files.length).toBeGreaterThan(100)
  const found = files.flatMap((file) =>
    readFileSync(resolve(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => findIn(line).map((form) => `${file}:${index + 1} has ${form}`)),
  )
  expect(found).toEqual([])
})

function findIn(line: string): string[] {
  const without = EXAMPLES.reduce((text, example) => text.replaceAll(example, ''), line)
  return Object.keys(FORMS).filter((form) => FORMS[form]?.test(without))
}
