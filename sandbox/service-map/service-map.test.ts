import { afterAll, expect, test } from 'vitest'
import { RequestPage } from '../../contracts/sandbox/lists.ts'
import { ServiceMap } from '../../contracts/sandbox/map.ts'
import { type SandboxForTest, sandboxForTest, xrayClientOf } from '../../tests/harness/sandbox.ts'
import { sendCall, sendMesh } from '../../tests/harness/service-mesh.ts'

const sandbox = await sandboxForTest({ daemon: undefined })
afterAll(() => sandbox[Symbol.asyncDispose]())

async function readMap(of: SandboxForTest, search = '') {
  return ServiceMap.parse(await (await of.ask(`/sandbox/map${search}`)).json())
}

/** The calls of a map, as text. */
function calls({ nodes, edges }: ServiceMap): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const name = (id: string) => {
    const node = byId.get(id)
    if (!node) return '?'
    return [node.kind === 'clients' ? 'clients of' : '', node.service, node.name, node.others || '']
      .filter(Boolean)
      .join(' ')
  }
  return edges.map(({ from, to, requests }) => `${name(from)} → ${name(to)} × ${requests}`).toSorted()
}

test('by service it has the calls of GetServiceGraph, with the outcomes', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  await sendMesh(own, 9)
  const client = xrayClientOf(own.url)
  const [StartTime, EndTime] = [new Date(Date.now() - 3_600_000), new Date()]
  const { Services = [] } = await client.getServiceGraph({ StartTime, EndTime })
  client.destroy()
  const ofXRay = Services.flatMap(({ Name, Type, Edges = [] }) =>
    Edges.map(({ ReferenceId, SummaryStatistics }) => {
      const to = Services.find((service) => service.ReferenceId === ReferenceId)
      return `${Type === 'client' ? 'clients of ' : ''}${Name} → ${to?.Name} × ${SummaryStatistics?.TotalCount}`
    }),
  )
  const map = await readMap(own)
  expect(calls(map)).toEqual(ofXRay.toSorted())
  const third = map.nodes.find(({ service }) => service.startsWith('service-3'))
  expect(third).toMatchObject({ kind: 'service', faults: 3, errors: 0, requests: 3 })
})

test('requests of verify count as clients, or are a service', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  await sendCall(own, { verify: true })
  await sendCall(own, {})
  const folded = await readMap(own)
  expect(folded.verifyRequests).toBe(1)
  expect(calls(folded)).toEqual(['api → cruddur@db × 2', 'clients of api → api × 2'])
  const shown = await readMap(own, '?verify=shown')
  expect(shown.verifyRequests).toBe(0)
  expect(calls(shown)).toEqual([
    'api → cruddur@db × 2',
    'api-verify → api × 1',
    'clients of api → api × 1',
    'clients of api-verify → api-verify × 1',
  ])
})

test('by route each node and edge has an expression that finds its requests', async () => {
  await sendCall(sandbox, { path: '/orders/17' })
  await sendCall(sandbox, { path: '/orders/18', fails: true })
  await sendCall(sandbox, {
    path: '/u/maya',
    route: '/u/:name',
    query: "select 1 from users where name = 'a\"b'",
  })
  await sendCall(sandbox, { service: 'say "hi"'.replaceAll('"', '_'), path: '/' })
  const map = await readMap(sandbox, '?by=route')
  expect(calls(map)).toEqual([
    'api GET /orders/:id → cruddur@db SELECT orders × 2',
    'api GET /u/:name → cruddur@db SELECT users × 1',
    'clients of api → api GET /orders/:id × 2',
    'clients of api → api GET /u/:name × 1',
    'clients of say _hi_ → say _hi_ GET / × 1',
    'say _hi_ GET / → cruddur@db SELECT orders × 1',
  ])
  for (const { filter, requests, query } of [...map.nodes, ...map.edges].map((one) => ({
    query: null,
    ...one,
  }))) {
    // Expressions cannot ask for a query of two services.
    if (query?.includes('orders')) continue
    expect(await countRequests(filter ?? ''), filter ?? '').toBe(requests)
  }
})

/** On a busy machine a page may be short, because a search stops after some time. */
async function countRequests(filter: string): Promise<number> {
  let count = 0
  let after: string | null = ''
  while (after !== null) {
    const query = new URLSearchParams({ filter, ...(after && { after }) })
    const answer = await sandbox.ask(`/sandbox/requests?${query}`)
    const page = RequestPage.parse(await answer.json())
    count += page.requests.length
    after = page.next
  }
  return count
}

test('very many routes are folded, and none of their requests is lost', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  const paths = Array.from({ length: 130 }, (_, index) => `/r${index % 10}/s${Math.floor(index / 10)}`)
  for (const [index, path] of paths.entries()) {
    await sendCall(own, {
      path,
      route: path,
      service: `service-${index % 3}`,
      query: `select ${path.slice(1)} from t`,
    })
  }
  await sendCall(own, { path: '/busy', route: '/busy' })
  await sendCall(own, { path: '/busy', route: '/busy' })
  const map = await readMap(own, '?by=route')
  expect(map.nodes.length).toBeLessThanOrEqual(90)
  expect(map.nodes.find(({ name }) => name === 'GET /busy')).toMatchObject({ requests: 2, others: 0 })
  const rest = map.nodes.filter(({ others }) => others > 0)
  expect(rest.length).toBeGreaterThan(0)
  const clients = map.nodes.filter(({ kind }) => kind === 'clients')
  expect(clients.reduce((sum, { requests }) => sum + requests, 0)).toBe(132)
  const called = map.nodes.filter(({ kind }) => kind === 'called')
  expect(called.reduce((sum, { requests }) => sum + requests, 0)).toBe(132)
})

test('a range has its requests only', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  const startMs = Date.now() - 10 * 60_000
  await sendCall(own, { startMs })
  await sendCall(own, { startMs: startMs + 60_000 })
  expect(await readMap(own, '?minutes=5')).toMatchObject({ traces: 0, firstMs: null })
  const map = await readMap(own, '?minutes=15')
  expect(map.toMs - map.fromMs).toBe(15 * 60_000)
  expect([map.traces, map.isComplete]).toEqual([2, true])
  expect(map.firstMs).toBeCloseTo(startMs, -2)
})

test.each(['by=colour', 'minutes=0', 'minutes=x', 'verify=maybe'])('%s is a 400', async (query) => {
  expect((await sandbox.ask(`/sandbox/map?${query}`)).status).toBe(400)
})
