import type { FilterTerms, FilterValue } from '../../../contracts/sandbox/xray-filter.ts'
import {
  CAUSE_KEYWORDS,
  type Comparison,
  FLAGS,
  GROUP_KEYWORDS,
  JSON_KEYWORDS,
  NUMBER_KEYWORDS,
  STRING_KEYWORDS,
} from '../../../contracts/sandbox/xray-filter-words.ts'
import { type Expected, type Field, ID_KEYS, whatFollows } from './grammar.ts'
import { CAUSE_NOTES, COMPARISON_NOTES, FLAG_NOTES, KEYWORD_NOTES } from './notes.ts'
import { operatorsOf, valuesOf } from './offered-values.ts'
import { tokensOf } from './tokens.ts'

/** What can replace the text between two positions. */
export interface Completion {
  readonly from: number
  readonly to: number
  readonly options: readonly CompletionOption[]
}

export interface CompletionOption {
  readonly label: string
  /** The new text; the cursor goes after it. */
  readonly insert: string
  readonly note?: string
}

/** The list is to be looked through, not searched. */
const MAX_OPTIONS = 40

const NO_TERMS: FilterTerms = {
  groups: [],
  services: [],
  edges: [],
  annotations: [],
  values: {},
  traces: 0,
}

/**
 * What can stand at a place of a filter expression, and which text it replaces: the word, string or operator before the
 * place. `terms` are the names and values to offer.
 */
export function completeXRayFilter(text: string, at: number, terms: FilterTerms = NO_TERMS): Completion {
  const tokens = tokensOf(text.slice(0, at))
  const last = tokens.at(-1)
  const isTyped =
    last !== undefined && last.to === at && ['word', 'number', 'operator', 'open'].includes(last.kind)
  const typed = isTyped ? last.text : ''
  const expected = whatFollows(isTyped ? tokens.slice(0, -1) : tokens)
  const from = at - typed.length
  const after = text.slice(at)
  const to = at + (last?.kind === 'open' ? restOfString(typed, after) : restOfWord(typed, after))
  const rest = text.slice(to)
  const needsSpace = /[^\s(!{]$/.test(text.slice(0, from)) && !CLOSE.includes(expected.kind)
  return {
    from,
    to,
    options: ranked(optionsFor(expected, terms, typed, rest), typed).map((option) => ({
      ...option,
      insert: `${needsSpace ? ' ' : ''}${/^\s/.test(rest) ? option.insert.trimEnd() : option.insert}`,
    })),
  }
}

/** A root cause to be changed: what it does not have may be anything. */
const JSON_OPTIONS = ['#[{ "ClientImpacting": true }]', '#[{ "Services": [{ "Name": "…" }] }]'].map((json) =>
  option(json, `${json} `),
)

/** What needs no space before it. */
const CLOSE: readonly Expected['kind'][] = ['service', 'symbol']

function optionsFor(expected: Expected, terms: FilterTerms, typed: string, rest: string): CompletionOption[] {
  switch (expected.kind) {
    case 'term':
      return termOptions(terms, expected.only)
    case 'after':
      return [
        ...(expected.canOpen ? [option('{', '{ ', 'with a filter')] : []),
        ...(expected.field === undefined ? [] : operatorOptions(expected.field, terms)),
        option('AND', 'AND ', 'both'),
        option('OR', 'OR ', 'at least one'),
        ...(expected.closer ? [option(expected.closer, `${expected.closer} `)] : []),
        // Terms beside each other are joined by AND, so another term can be typed at once.
        ...(typed === '' ? [] : termOptions(terms, expected.only)),
      ]
    case 'value':
      if (expected.field === 'json' || expected.field === 'rootcause.json') return JSON_OPTIONS
      return valuesOf(expected.field, expected.operator as Comparison, terms).map(([value, note]) =>
        option(literal(value), `${literal(value)} `, note),
      )
    case 'boolean':
      return ['true', 'false'].map((value) => option(value, `${value} `))
    case 'symbol':
      return [option(expected.symbol, expected.symbol)]
    case 'service':
      return serviceOptions(expected, terms, rest)
    case 'idKey':
      return ID_KEYS.map((key) => option(key, `${key}: `))
    case 'idValue':
      return idValues(expected.key, terms).map((value) => option(literal(value), literal(value)))
    case 'nothing':
      return []
  }
}

function option(label: string, insert: string, note?: string): CompletionOption {
  return { label, insert, ...(note && { note }) }
}

function termOptions({ annotations }: FilterTerms, only?: readonly string[]): CompletionOption[] {
  if (only) return [...only.map(wordOption), option('!', '!', 'not'), option('(', '(')]
  return [
    ...['error', 'fault', ...NUMBER_KEYWORDS].map(wordOption),
    option('service(…)', 'service("', 'has a segment of this service'),
    ...annotations.map(({ key, values }) => {
      const examples = values
        .slice(0, 3)
        .map((value) => String(value).slice(0, 24))
        .join(', ')
      return option(annotation(key), `${annotation(key)} `, examples)
    }),
    ...[...STRING_KEYWORDS, ...GROUP_KEYWORDS].map(wordOption),
    option('edge(…)', 'edge("', 'one service calls another'),
    option('id(…)', 'id(', 'a service by name and type'),
    ...FLAGS.filter((flag) => flag !== 'error' && flag !== 'fault').map(wordOption),
    option('!', '!', 'not'),
    option('(', '('),
    ...[...CAUSE_KEYWORDS, JSON_KEYWORDS[0]].map(wordOption),
  ]
}

function wordOption(word: string): CompletionOption {
  const notes: Readonly<Record<string, string>> = { ...FLAG_NOTES, ...KEYWORD_NOTES, ...CAUSE_NOTES }
  return option(word, `${word} `, notes[word])
}

/** An annotation’s key as the parser takes it. */
function annotation(key: string): string {
  if (/^[A-Za-z_]\w*$/.test(key)) return `annotation.${key}`
  return /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(key) ? `annotation[${key}]` : `annotation["${key}"]`
}

function operatorOptions(field: Field, terms: FilterTerms): CompletionOption[] {
  return operatorsOf(field, terms).map((name) => option(name, `${name} `, COMPARISON_NOTES[name]))
}

function serviceOptions(
  { of, caller }: Extract<Expected, { kind: 'service' }>,
  { services, edges }: FilterTerms,
  rest: string,
): CompletionOption[] {
  const isCaller = of === 'edge' && caller === undefined
  const known = isCaller
    ? edges.map(([from]) => from)
    : edges.flatMap(([from, to]) => (from === caller ? [to] : []))
  const names = of === 'service' || known.length === 0 ? services.map(({ name }) => name) : known
  const closer = /^\s*\)/.test(rest) ? '' : ') '
  const types = new Map(services.map(({ name, type }) => [name, type]))
  return [...new Set(names)].map((name) =>
    option(literal(name), `${literal(name)}${isCaller ? ', ' : closer}`, types.get(name) ?? undefined),
  )
}

function idValues(key: string, { services }: FilterTerms): string[] {
  if (key === 'account.id') return []
  const found = services.flatMap(({ name, type }) => (key === 'name' ? [name] : (type ?? [])))
  return [...new Set(found)]
}

/** A value as it is written in an expression. */
function literal(value: FilterValue): string {
  return typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value)
}

/** Those that begin with what has been typed, then those with a part that does, then texts that contain it. */
function ranked(options: readonly CompletionOption[], typed: string): CompletionOption[] {
  const wanted = bare(typed)
  if (wanted === '') return options.slice(0, MAX_OPTIONS)
  const isText = /^["']/.test(typed)
  const rankOf = ({ label }: CompletionOption) => {
    const at = bare(label).indexOf(wanted)
    // `fault` is complete, although longer words contain it.
    if (at <= 0 || label.startsWith('rootcause.')) return at === 0 ? 0 : undefined
    if (/\W/.test(bare(label)[at - 1] ?? '')) return 1
    return isText ? 2 : undefined
  }
  const found = options
    .flatMap((option) => {
      const rank = rankOf(option)
      return rank === undefined ? [] : [{ option, rank }]
    })
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ option }) => option)
  // A complete word needs no completion, unless a longer one begins with it.
  const isDone = found.length === 1 && bare(found[0]?.label ?? '') === wanted && !/["'[]/.test(typed)
  return isDone ? [] : found.slice(0, MAX_OPTIONS)
}

function bare(text: string): string {
  return text.replace(/^["']|["']$/g, '').toLowerCase()
}

/** How many of the characters after the cursor belong to the word that is being typed. */
function restOfWord(typed: string, rest: string): number {
  return /^\w/.test(typed) ? (/^[\w.]*/.exec(rest)?.[0].length ?? 0) : 0
}

/** The same for a string or a key in brackets: up to its end, unless other parts of the expression are before it. */
function restOfString(typed: string, rest: string): number {
  const end = /^["']/.test(typed) ? typed[0] : '\\]'
  return new RegExp(`^[^\\s(){}"']*${end}`).exec(rest)?.[0].length ?? 0
}
