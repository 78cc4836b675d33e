import { expect, test } from 'vitest'
import type { FilterTerms } from '../../../contracts/sandbox/xray-filter.ts'
import { completeXRayFilter } from './completion.ts'

const TERMS: FilterTerms = {
  groups: [{ name: 'slow', arn: 'arn:slow', filter: 'responsetime > 1' }],
  services: [
    { name: 'api', type: null },
    { name: 'profiles', type: 'remote' },
    { name: 'db "main"', type: 'Database::SQL' },
  ],
  edges: [
    ['api', 'profiles'],
    ['profiles', 'db "main"'],
  ],
  annotations: [
    { key: 'plan', values: ['free', 'pro'] },
    { key: 'age', values: [29, 30] },
    { key: 'vip', values: [true] },
    { key: 'plan.type', values: ['x'] },
    { key: 'a-b', values: [1, 'one'] },
  ],
  values: { 'http.method': ['GET', 'POST'], 'http.status': [200, 404], user: ['maya'] },
  traces: 9,
}

/** The labels for an expression with the cursor at `|`, or at its end. */
const labels = (marked: string) => optionsAt(marked).options.map(({ label }) => label)

function optionsAt(marked: string) {
  const at = marked.includes('|') ? marked.indexOf('|') : marked.length
  return completeXRayFilter(marked.replace('|', ''), at, TERMS)
}

/** The expression after the first option with this label has been taken. */
function taken(marked: string, label: string): string {
  const { from, to, options } = optionsAt(marked)
  const text = marked.replace('|', '')
  return text.slice(0, from) + options.find((option) => option.label === label)?.insert + text.slice(to)
}

test('an empty expression begins with any term', () => {
  expect(labels('')).toEqual(
    expect.arrayContaining([
      'fault',
      'responsetime',
      'service(…)',
      'annotation.plan',
      'annotation[plan.type]',
      '!',
    ]),
  )
})

test.each([
  ['fau', ['fault']],
  ['fault', []],
  ['FAU', ['fault']],
  ['fault ', ['AND', 'OR']],
  [
    'fault A',
    [
      'AND',
      'annotation.plan',
      'annotation.age',
      'annotation.vip',
      'annotation[plan.type]',
      'annotation["a-b"]',
      'availabilityzone',
      'resource.arn',
      'group.arn',
    ],
  ],
  ['fault AND http.s', ['http.status']],
  ['http.status ', ['=', '!=', '<', '<=', '>', '>=', 'AND', 'OR']],
  ['http.status >', ['>', '>=']],
  ['http.status = ', ['200', '404']],
  ['http.status = 4', ['404']],
  ['http.method = "G', ['"GET"']],
  ['http.method = "GET"', ['AND', 'OR']],
  ['user ', ['=', '!=', 'CONTAINS', 'BEGINSWITH', 'ENDSWITH', 'AND', 'OR']],
  ['user B', ['BEGINSWITH', 'annotation["a-b"]']],
  ['group.name ', ['=', '!=', 'AND', 'OR']],
  ['group.name = ', ['"slow"']],
  ['group.arn = ', ['"arn:slow"']],
  ['annotation.plan ', ['=', '!=', 'CONTAINS', 'BEGINSWITH', 'ENDSWITH', 'AND', 'OR']],
  ['annotation.age ', ['=', '!=', '<', '<=', '>', '>=', 'AND', 'OR']],
  ['annotation.vip ', ['=', '!=', 'AND', 'OR']],
  ['annotation.vip = ', ['true']],
  ['annotation["a-b"] = ', ['1', '"one"']],
  ['annotation["a-b"] > ', ['1']],
  ['annotation[plan.type] = ', ['"x"']],
  ['annotation[pl', ['annotation[plan.type]']],
  ['annotation.pl', ['annotation.plan']],
  ['service', ['service(…)']],
  ['service(', ['"api"', '"profiles"', '"db \\"main\\""']],
  ['service("p', ['"profiles"', '"api"']],
  ['service("api")', ['{', 'AND', 'OR']],
  ['service("api") { fault ', ['AND', 'OR', '}']],
  ['(fault OR error ', ['AND', 'OR', ')']],
  ['edge(', ['"api"', '"profiles"']],
  ['edge("profiles", ', ['"db \\"main\\""']],
  ['edge("api"', [',']],
  ['id(', ['name', 'type', 'account.id']],
  ['id(ty', ['type']],
  ['id(type', []],
  ['id(type: ', ['"remote"', '"Database::SQL"']],
  ['edge(id(name: "api"), ', ['"profiles"']],
  ['error = ', ['true', 'false']],
  ['rootcause.f', ['rootcause.fault.service', 'rootcause.fault.entity', 'rootcause.fault.exception']],
  ['rootcause.fault.service ', ['{', 'AND', 'OR']],
  ['rootcause.fault.service { ', ['first', 'last', 'index', 'name', 'type', 'inferred', '!', '(']],
  ['rootcause.fault.exception { la', ['last']],
  ['rootcause.fault.exception { (last and m', ['message']],
  ['rootcause.responsetime.entity { cov', ['coverage']],
  ['rootcause.fault.entity { coverage ', []],
  ['rootcause.responsetime.entity { coverage > ', ['0.5', '0.8']],
  ['rootcause.fault.service { last ', ['AND', 'OR', '}']],
  ['rootcause.fault.service { type = ', ['"remote"', '"Database::SQL"']],
  ['rootcause.fault.service { last } AND ann', expect.arrayContaining(['annotation.plan'])],
  ['coverage ', []],
  ['name = ', ['"api"', '"profiles"', '"db \\"main\\""']],
  ['name = api ', ['AND', 'OR']],
  ['rootcause.json ', ['=', '!=', 'AND', 'OR']],
  ['json = ', ['#[{ "ClientImpacting": true }]', '#[{ "Services": [{ "Name": "…" }] }]']],
  ['json = #[{ "Services": [', ['#[{ "Services": [{ "Name": "…" }] }]']],
  ['json = #[{ "Services": ["]}"] }] ', ['AND', 'OR']],
  ['! ', expect.arrayContaining(['fault'])],
  ['fault ) ', []],
  ['nonsense = ', []],
  ['!'.repeat(3_000), []],
])('%s can be continued with %j', (text, expected) => {
  expect(labels(text)).toEqual(expected)
})

test.each([
  ['fau', 'fault', 'fault '],
  ['responsetime>', '>=', 'responsetime >= '],
  ['fault ', 'AND', 'fault AND '],
  ['service("pr', '"profiles"', 'service("profiles") '],
  ['service("pr|")', '"profiles"', 'service("profiles")'],
  ['service("p|rofi") AND fault', '"profiles"', 'service("profiles") AND fault'],
  ['edge("a', '"api"', 'edge("api", '],
  ['edge("api", ', '"profiles"', 'edge("api", "profiles") '],
  ['htt|p.url = "x"', 'http.status', 'http.status = "x"'],
  ['user = "maya"', 'AND', 'user = "maya" AND '],
  ['service("api")', '{', 'service("api") { '],
  ['id(', 'type', 'id(type: '],
])('in %s, %s gives %s', (text, label, expected) => {
  expect(taken(text, label)).toBe(expected)
})
