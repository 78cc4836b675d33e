import { expect, test } from 'vitest'
import type { RuleDecisionsHealth, SamplerHealth } from '../../contracts/telemetry-health.ts'
import type { CheckContext } from '../context.ts'
import { check, logged, span, trace } from '../test-evidence.ts'
import { keptAt } from './chance.ts'

const HALF = { rate: 0.5, reservoir: 5 }
const APPLIED = { name: 'Cruddur', wanted: HALF, inXRay: HALF }

/** 1,018 requests, of which the reservoir kept 104 and the rate 468. The question is for 40 %: (104 + 365.6) ± 29.6. */
const DECIDED: RuleDecisionsHealth = {
  ...{ name: 'Cruddur', fixedRate: 0.5, since: '2026-11-26T13:40:04.000Z' },
  ...{ requests: 1_018, sampled: 572, fromReservoir: 104, borrowed: 1 },
}
const ROLLBAR = {
  ...DECIDED,
  name: 'CruddurRollbar',
  fixedRate: 1,
  requests: 7,
  sampled: 7,
  fromReservoir: 6,
}

const samplerOf = (...rules: RuleDecisionsHealth[]) => ({ name: 'xray', fallback: false, rules })
const LATER = Date.now() - 60_000
const requests = async (method: string) =>
  method === 'GET'
    ? Array.from({ length: 600 }, () => logged({ atMs: LATER }))
    : Array.from({ length: 230 }, () => logged({ method, path: '/api/session', atMs: LATER }))

/** The text of the check of a learner who has done everything, except for `fields` and the rules of the api. */
function checkWith(
  {
    sampler = samplerOf(ROLLBAR, DECIDED),
    ...fields
  }: Partial<Omit<CheckContext, 'sampler'>> & { sampler?: SamplerHealth } = {},
  kept?: string,
): Promise<string> {
  return check(5, {
    ...(kept !== undefined && { answers: { kept } }),
    ...{ samplingRule: async () => APPLIED, sampler: async () => sampler, requests },
    ...fields,
  })
}

test('explains what the reservoir and the rate kept, and by which chance', async () => {
  const text = await checkWith({}, '470')
  expect(text).toContain('passed: ')
  expect(text).toContain(
    'of 1018 requests the reservoir kept 104, 1 of them at one a second before the api had its share,',
  )
  expect(text).toContain('and the rate 468 of the other 914 (51.2 %; by chance 46.7 % to 53.3 %)')
  expect(text).toContain('the rule CruddurRollbar kept 7 of 7 others')
})

test('names what was not applied, not read, or made without effect', async () => {
  const rule = (wanted: object, inXRay?: object) => ({
    samplingRule: async () => ({
      ...APPLIED,
      wanted: { ...HALF, ...wanted },
      inXRay: inXRay && { ...HALF, ...inXRay },
    }),
  })
  expect(await checkWith(rule({ rate: 0.1 }, { rate: 0.1 }))).toContain('keeps 10 %, as at the start')
  expect(await checkWith(rule({ rate: 0.1 }, {}))).toContain(
    'X-Ray keeps 50 %, and aws/json/xray.json still says 10 %',
  )
  expect(await checkWith(rule({}, { rate: 0.1 }))).toContain('says 50 %, and X-Ray has 10 %')
  expect(await checkWith(rule({ reservoir: 9 }, {}))).toContain('a reservoir of 9, and X-Ray of 5')
  expect(await checkWith(rule({}))).toContain('X-Ray has no rule Cruddur. Was RuleName changed?')
  const old = { ...DECIDED, fixedRate: 0.1 }
  expect(await checkWith({ sampler: samplerOf(old) })).toContain('the api still decides by 10 %')
  expect(await checkWith({ sampler: samplerOf(ROLLBAR) })).toContain('The api has no rule Cruddur')
  expect(await checkWith({ sampler: { name: 'parentbased_always_on', fallback: false } })).toContain(
    'OTEL_TRACES_SAMPLER=parentbased_always_on',
  )
  const failing = { name: 'xray', fallback: true, failure: 'connection refused' }
  expect(await checkWith({ sampler: failing })).toContain('The api has no rules: connection refused')
})

test('says why the requests that came show no rate', async () => {
  const few = { ...DECIDED, requests: 12, sampled: 9, fromReservoir: 8 }
  expect(await checkWith({ sampler: samplerOf(few) })).toContain('decided about 12 requests: too few')
  const slow = { ...DECIDED, requests: 160, sampled: 155, fromReservoir: 150 }
  expect(await checkWith({ sampler: samplerOf(slow) })).toContain(
    'Of 160 requests the reservoir kept 150: at so few requests a second',
  )
  const renamed = { ...DECIDED, name: 'Mine', requests: 0 }
  const samplingRule = async () => ({ ...APPLIED, name: 'Mine' })
  expect(await checkWith({ samplingRule, sampler: samplerOf(DECIDED, renamed) })).toContain(
    'the rule Cruddur comes first, and decided about 1018',
  )
  const since = Date.parse(DECIDED.since) + 1
  expect(await checkWith({ since, requests: async () => [] })).toContain(
    'Since you began again, 0 requests came',
  )
})

test.each([
  [undefined, 'About how many of these would it have kept at a rate of 40 %?'],
  ['many', '“many” is not a number'],
  ['1,102', '1,102 is more than the 1018 requests'],
  ['', 'is not a number'],
  ['2000', 'more than the 1018 requests'],
  ['572', 'is what the rule kept at 50 %'],
  ['407', 'is 40 % of all requests'],
  ['104', 'is what the reservoir alone keeps'],
  ['378', 'leaves out the 230 sign-ins'],
  ['300', 'further off than chance explains'],
])('the calculated number %j: %s', async (kept, words) => {
  const text = await checkWith({}, kept)
  expect(text).toContain(words)
  expect(text).not.toContain('470')
})

test('looks for both providers’ traces, and waits for those that are on their way', async () => {
  const state = { honeycomb: 'found', xray: 'missing', rollbar: 'found' } as const
  const missing = trace([span('root')], { state })
  expect(await checkWith({ trace: async () => missing }, '470')).toContain(
    'not in both providers: X-Ray has no',
  )
  const young = async (method: string) =>
    (await requests(method)).map((one, index) => ({ ...one, traceId: String(index), atMs: Date.now() }))
  expect(await checkWith({ requests: young }, '470')).toContain('are on their way')
  const modes = { honeycomb: 'live', xray: 'local', rollbar: 'local' } as const
  expect(await checkWith({ modes, trace: async () => missing }, '470')).toContain(
    'not checked: Honeycomb is live',
  )
})

test('X-Ray has to be on', async () => {
  const modes = { honeycomb: 'local', xray: 'off', rollbar: 'local' } as const
  expect(await checkWith({ modes })).toContain('X-Ray is off')
})

test('the range of chance has the number kept in 19 of 20 cases', () => {
  const { kept, spread } = keptAt(0.3, DECIDED)
  let inside = 0
  for (let times = 0; times < 1_000; times++) {
    const byRate = Array.from({ length: 914 }, () => Math.random() < 0.3).filter(Boolean).length
    if (Math.abs(104 + byRate - kept) <= spread) inside++
  }
  expect(inside / 1_000).toBeGreaterThan(0.92)
  expect(inside / 1_000).toBeLessThan(0.98)
})
