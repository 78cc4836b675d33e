import { jsonText } from '../command-line/data-text.ts'
import type { Terminal } from '../command-line/terminal.ts'
import type { Finding, Severity } from './check.ts'
import type { Report } from './doctor.ts'

/** Prints each check: what works, then the findings with their fixes. */
export function showReport({ checks, ok }: Report, terminal: Terminal): void {
  for (const { title, good, findings } of checks) {
    if (good.length + findings.length === 0) continue
    terminal.heading(title)
    for (const line of good) terminal.done(line)
    for (const finding of findings) showFinding(finding, terminal)
  }
  terminal.line()
  const findings = checks.flatMap((check) => check.findings)
  const count = (severity: Severity) => findings.filter((one) => one.severity === severity).length
  const [problems, warnings] = [count('problem'), count('warning')]
  if (!ok) terminal.fail(`${countOf(problems, 'problem')}. Begin with the first: it may cause the others.`)
  else if (warnings === 0) terminal.done('All is well.')
  else terminal.done(`Nothing is broken. The doctor has ${countOf(warnings, 'warning')}.`)
  const fixable = findings.filter(({ applyFix }) => applyFix).length
  if (fixable > 0) terminal.line(`  npm run doctor -- --fix fixes ${countOf(fixable, 'finding')}.`)
}

function showFinding({ severity, what, why, fix }: Finding, terminal: Terminal): void {
  if (severity === 'note') {
    terminal.line([`  ${what} `, terminal.dim(why), ` → ${fix}`])
    return
  }
  const text = [`${what}\n  `, terminal.dim(why)]
  if (severity === 'problem') terminal.fail(text, fix)
  else {
    terminal.warn(text)
    terminal.line(`  → ${fix}`)
  }
}

/** The report for `--json`. */
export function reportJson({ checks, ok }: Report): string {
  const plain = checks.map(({ title, good, findings }) => ({
    title,
    good,
    findings: findings.map(({ applyFix, ...finding }) => ({ ...finding, fixable: applyFix !== undefined })),
  }))
  return `${jsonText({ ok, checks: plain }, 2)}\n`
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
