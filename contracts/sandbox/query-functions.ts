/** The functions of calculated fields, for a list or for completion. Source: https://docs.honeycomb.io/reference/calculated-field-formula/ */
export const FUNCTIONS: readonly {
  readonly name: string
  readonly signature: string
  readonly meaning: string
}[] = [
  {
    name: 'IF',
    signature: 'IF(condition, value, [condition2, value2, …] [otherwise])',
    meaning: 'The value of the first condition that is true, or the last argument',
  },
  {
    name: 'SWITCH',
    signature: 'SWITCH(value, case, result, [case2, result2, …] [otherwise])',
    meaning: 'The result of the first case that equals the value',
  },
  { name: 'COALESCE', signature: 'COALESCE(value, …)', meaning: 'The first value that exists' },
  { name: 'LT', signature: 'LT(left, right)', meaning: 'left < right, of two numbers or two texts' },
  { name: 'LTE', signature: 'LTE(left, right)', meaning: 'left <= right, of two numbers or two texts' },
  { name: 'GT', signature: 'GT(left, right)', meaning: 'left > right, of two numbers or two texts' },
  { name: 'GTE', signature: 'GTE(left, right)', meaning: 'left >= right, of two numbers or two texts' },
  { name: 'EQUALS', signature: 'EQUALS(left, right)', meaning: 'left = right; 200 and "200" are not equal' },
  { name: 'IN', signature: 'IN(value, option, …)', meaning: 'Whether the value equals one of the options' },
  { name: 'EXISTS', signature: 'EXISTS(value)', meaning: 'Whether the event has it' },
  { name: 'NOT', signature: 'NOT(condition)', meaning: 'The opposite' },
  { name: 'AND', signature: 'AND(condition, …)', meaning: 'Whether all are true' },
  { name: 'OR', signature: 'OR(condition, …)', meaning: 'Whether one is true' },
  { name: 'MIN', signature: 'MIN(value, …)', meaning: 'The smallest, of the type of the first that exists' },
  { name: 'MAX', signature: 'MAX(value, …)', meaning: 'The largest, of the type of the first that exists' },
  { name: 'SUM', signature: 'SUM(number, …)', meaning: 'All added; what is no number counts as 0' },
  { name: 'SUB', signature: 'SUB(left, right)', meaning: 'left - right' },
  { name: 'MUL', signature: 'MUL(number, …)', meaning: 'All multiplied' },
  { name: 'DIV', signature: 'DIV(left, right)', meaning: 'left / right; null where right is 0' },
  { name: 'MOD', signature: 'MOD(left, right)', meaning: 'The remainder of left / right' },
  { name: 'LOG10', signature: 'LOG10(number)', meaning: 'Decimal logarithm; null for 0 and below' },
  {
    name: 'BUCKET',
    signature: 'BUCKET(number, size, [min, [max]])',
    meaning: 'The step of this size in which the number lies, as text: "10 - 20"',
  },
  { name: 'INT', signature: 'INT(value)', meaning: 'As a whole number, cut off towards 0' },
  { name: 'FLOAT', signature: 'FLOAT(value)', meaning: 'As a number' },
  { name: 'BOOL', signature: 'BOOL(value)', meaning: 'true for true, "true" and numbers other than 0' },
  { name: 'STRING', signature: 'STRING(value)', meaning: 'As text; "" where there is none' },
  { name: 'CONCAT', signature: 'CONCAT(value, …)', meaning: 'All as text, one after the other' },
  { name: 'TO_LOWER', signature: 'TO_LOWER(text)', meaning: 'In lower case' },
  {
    name: 'LENGTH',
    signature: 'LENGTH(text, ["bytes"])',
    meaning: 'The number of characters, or of bytes in UTF-8',
  },
  { name: 'STARTS_WITH', signature: 'STARTS_WITH(text, prefix)', meaning: 'Whether the text begins with it' },
  { name: 'ENDS_WITH', signature: 'ENDS_WITH(text, suffix)', meaning: 'Whether the text ends with it' },
  { name: 'CONTAINS', signature: 'CONTAINS(text, part)', meaning: 'Whether the text has it anywhere' },
  {
    name: 'REG_MATCH',
    signature: 'REG_MATCH(text, `pattern`)',
    meaning: 'Whether the regular expression is found in the text',
  },
  {
    name: 'REG_VALUE',
    signature: 'REG_VALUE(text, `pattern`)',
    meaning: 'What the first group of the regular expression finds, or all of it without a group',
  },
  {
    name: 'REG_COUNT',
    signature: 'REG_COUNT(text, `pattern`)',
    meaning: 'How often the regular expression is found',
  },
  {
    name: 'UNIX_TIMESTAMP',
    signature: 'UNIX_TIMESTAMP(text)',
    meaning: 'A time as in 2026-11-26T07:30:00Z, in Unix seconds',
  },
  {
    name: 'EVENT_TIMESTAMP',
    signature: 'EVENT_TIMESTAMP()',
    meaning: 'The time of the event in Unix seconds',
  },
  {
    name: 'FORMAT_TIME',
    signature: 'FORMAT_TIME("%Y-%m-%d", seconds)',
    meaning: 'A time in Unix seconds as text in UTC; the format is that of strftime',
  },
]
