import { plural } from '../../analysis/format.ts'
import {
  columnText,
  filterParts,
  listItems,
  valueText,
  WITHOUT_VALUE,
} from '../../analysis/questions/filter-text.ts'
import { METRIC_FILTER_OPERATORS } from '../../contracts/sandbox/metric-words.ts'
import type { MetricAttribute } from '../../contracts/sandbox/metrics.ts'
import type { Suggestion, Suggestions } from '../shell/combobox.tsx'

// What can be typed next in a filter or a group, from the attributes of the metric.

/** A list longer than this is narrowed by typing, not by scrolling. */
const MAX_SUGGESTIONS = 60

export function completeAttribute(attributes: readonly MetricAttribute[], typed: string): Suggestions {
  return suggested(attributes, typed, (name) => ({ text: columnText(name), isComplete: true }))
}

export function completeMetricFilter(
  attributes: readonly MetricAttribute[],
  text: string,
  cursor: number,
): Suggestions {
  const { column, operatorAt, operator, valueAt, value } = filterParts(text)
  if (operatorAt < 0 || cursor < operatorAt) {
    const rest = operatorAt < 0 ? '' : text.slice(operatorAt)
    return suggested(attributes, column, (name) => ({
      text: `${columnText(name)} ${rest}`,
      cursor: columnText(name).length + 1,
    }))
  }
  const before = text.slice(0, operatorAt)
  if (valueAt < 0 || cursor < valueAt) return operators(before, operator)
  if (WITHOUT_VALUE.includes(operator)) return { items: [], selectsFirst: false }
  const known = attributes.find(({ name }) => name === column)
  return values(before, operator, value, known?.values ?? [])
}

function suggested(
  attributes: readonly MetricAttribute[],
  typed: string,
  put: (name: string) => Omit<Suggestion, 'label'>,
): Suggestions {
  const looked = typed.trim().toLowerCase()
  const begins = ({ name }: MetricAttribute) => name.toLowerCase().startsWith(looked)
  const items = attributes
    .filter(({ name }) => name.toLowerCase().includes(looked))
    .toSorted((a, b) => Number(begins(b)) - Number(begins(a)) || Number(a.isResource) - Number(b.isResource))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ name, distinct, isResource }) => ({
      ...put(name),
      label: name,
      note: `${isResource ? 'of the sender, ' : ''}${plural(distinct, 'value')}`,
    }))
  return { items, selectsFirst: looked !== '' && attributes.every(({ name }) => name !== typed.trim()) }
}

function operators(before: string, typed: string): Suggestions {
  const looked = typed.toLowerCase()
  const items = METRIC_FILTER_OPERATORS.filter((op) => op.includes(looked))
    .toSorted((a, b) => Number(b.startsWith(looked)) - Number(a.startsWith(looked)))
    .map((op) => ({
      text: `${before}${op}${WITHOUT_VALUE.includes(op) ? '' : ' '}`,
      label: op,
      isComplete: WITHOUT_VALUE.includes(op),
    }))
  return { items, selectsFirst: typed !== '' && items.every(({ label }) => label !== typed) }
}

function values(before: string, operator: string, typed: string, known: readonly string[]): Suggestions {
  const isList = operator === 'in' || operator === 'not-in'
  const last = isList ? (/,\s*$/.test(typed) ? '' : (listItems(typed).at(-1) ?? '')) : typed
  const kept = isList ? typed.slice(0, typed.length - last.length).trimEnd() : ''
  const looked = last.replace(/^"|"$/g, '').toLowerCase()
  const begins = (value: string) => value.toLowerCase().startsWith(looked)
  const items = known
    .filter((value) => value.toLowerCase().includes(looked))
    .toSorted((a, b) => Number(begins(b)) - Number(begins(a)))
    .slice(0, MAX_SUGGESTIONS)
    .map((value) => ({
      text: `${before}${operator} ${kept && `${kept} `}${writtenValue(value, isList)}`,
      label: value || '(empty text)',
      isComplete: !isList,
    }))
  // What is typed is a value too, so Enter takes it.
  const isExact = known.some((value) => value.toLowerCase() === looked)
  const tabAcceptsFirst = looked !== '' && !isExact && known.some(begins)
  return { items, selectsFirst: false, tabAcceptsFirst }
}

/** The text 200 and the number 200 match the same attributes, so that quotes around numbers are not needed. */
function writtenValue(value: string, isInList: boolean): string {
  const isWritten = value === 'true' || value === 'false' || String(Number(value)) === value
  return isWritten ? value : valueText(value, isInList)
}
