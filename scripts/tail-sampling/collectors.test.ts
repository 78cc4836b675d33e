import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readCompose } from '../../tests/harness/compose.ts'
import { ROOT } from '../../tests/harness/process.ts'
import { type CollectorName, collectorArguments } from './collectors.ts'
import { DECISION_MS } from './run.ts'

const PORTS = {
  ...{ agentHttp: 1, agentGrpc: 2, daemon: 3, agentHealth: 4 },
  ...{ gatewayGrpc: 5, gatewayLoop: 6, gatewayHealth: 7 },
}

test.each([
  ['agent', 'collector'],
  ['gateway', 'collector-gateway'],
] as const)(
  'the %s gets what docker-compose.yml gives it, and the addresses of this machine',
  (name: CollectorName, service) => {
    const folder = mkdtempSync(join(tmpdir(), 'collector-'))
    try {
      const args = collectorArguments(name, { ports: PORTS, sandbox: 'http://127.0.0.1:8', folder })
      const { command = [] } = readCompose({})[service] ?? {}
      const inCompose = command
        .filter((part) => !part.endsWith('/jaeger.yaml'))
        .map((part) => part.replace('/etc/collector', join(ROOT, 'collector')))
      expect(args).toEqual([...inCompose, `--config=${join(folder, `${name}.json`)}`])
      const files = readFileSync(join(folder, `${name}.json`), 'utf8')
      expect(files).toContain('127.0.0.1:')
      expect(files).not.toContain('0.0.0.0')
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)

test('the run waits as long as the gateway does', () => {
  const gateway: { processors: { tail_sampling: { decision_wait: string } } } = parse(
    readFileSync(join(ROOT, 'collector/gateway.yaml'), 'utf8'),
  )
  expect(gateway.processors.tail_sampling.decision_wait).toBe(`${DECISION_MS / 1000}s`)
})
