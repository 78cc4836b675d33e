import { createConnection } from 'node:net'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createScrub } from '../privacy/scrub.ts'
import { copyError, errorsIn, isError } from './reported-error.ts'

const scrub = createScrub(['hunter2-long'])
const copy = (thrown: unknown) => copyError(thrown, scrub)

const failing = () => {
  throw new Error('cannot be read')
}
const hostile = new Proxy(
  {},
  {
    get: failing,
    has: failing,
    ownKeys: failing,
    getPrototypeOf: failing,
    getOwnPropertyDescriptor: failing,
  },
)
class Unreadable extends Error {
  override get message(): string {
    return failing()
  }
}
class OrderError extends TypeError {}
/** As pg names its own. */
class DatabaseError extends Error {
  override readonly name = 'error'
  readonly code = '42P01'
}

describe('every thrown value has a class and a message', () => {
  test.each<[string, unknown, string, string]>([
    ['an error', new TypeError('no such order'), 'TypeError', 'no such order'],
    ['a class without a name of its own', new OrderError('x'), 'OrderError', 'x'],
    ['a name that was set', Object.assign(new Error('x'), { name: 'Odd' }), 'Odd', 'x'],
    ['a database error', new DatabaseError('no table'), 'DatabaseError', 'no table'],
    ['an aborted call', AbortSignal.abort().reason, 'AbortError', 'This operation was aborted'],
    ['a frozen error', Object.freeze(new RangeError('frozen')), 'RangeError', 'frozen'],
    ['an error of another realm', runInNewContext("new TypeError('elsewhere')"), 'TypeError', 'elsewhere'],
    ['a proxy of an error', new Proxy(new TypeError('behind'), {}), 'TypeError', 'behind'],
    ['an object like an error', { name: 'Foreign', message: 'from JSON' }, 'Foreign', 'from JSON'],
    ['a message that cannot be read', new Unreadable(), 'Unreadable', '(the message cannot be read)'],
    ['a message that is an object', Object.assign(new Error(), { message: { a: 1 } }), 'Error', '{"a":1}'],
    ['no message', new TypeError(), 'TypeError', '(no message)'],
    ['no message but a code', Object.assign(new Error(), { code: 'EPIPE' }), 'Error', 'EPIPE'],
    ['a name and a stack of other types', Object.assign(new Error('x'), { name: 7, stack: 7 }), 'Error', 'x'],
    ['a text', 'stop', 'Error', 'thrown: stop'],
    ['an object', { code: 7 }, 'Error', 'thrown: {"code":7}'],
    ['null', null, 'Error', 'thrown: null'],
    ['undefined', undefined, 'Error', 'thrown: undefined'],
    ['a bigint', 7n, 'Error', 'thrown: 7'],
    ['a symbol', Symbol('x'), 'Error', 'thrown: Symbol(x)'],
    ['a proxy that throws on everything', hostile, 'Error', 'thrown: [unreadable]'],
  ])('%s', (_what, thrown, type, message) => {
    const copied = copy(thrown)
    expect(copied).toMatchObject({ type, message })
    expect(copied.stack).toContain(message)
    expect(copy(copied)).toBe(copied)
  })

  test('of a refused connection to a name with two addresses', async () => {
    const error = await new Promise((resolve) => {
      const lookup = (_host: string, _options: object, done: (error: null, addresses: object[]) => void) =>
        done(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '127.0.0.2', family: 4 },
        ])
      createConnection({ host: 'two.test', port: 1, lookup: lookup as never }).on('error', resolve)
    })
    expect((error as Error).message).toBe('')
    expect(copy(error)).toMatchObject({
      type: 'AggregateError',
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED 127.0.0.1:1; connect ECONNREFUSED 127.0.0.2:1',
      causes: [
        { message: 'connect ECONNREFUSED 127.0.0.1:1' },
        { message: 'connect ECONNREFUSED 127.0.0.2:1' },
      ],
    })
  })
})

test('no value makes a copy fail, and every copy is plain', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  })
  const error = fc.record(
    {
      message: anything,
      stack: anything,
      name: anything,
      code: anything,
      cause: anything,
      errors: fc.array(anything),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(
      fc.oneof(
        anything,
        error,
        error.map((fields) => Object.assign(new Error('x'), fields)),
      ),
      (thrown) => {
        const { type, message, stack, frames } = copy(thrown)
        for (const text of [type, message, stack, ...frames]) expect(typeof text).toBe('string')
        expect(message).not.toBe('')
      },
    ),
    { numRuns: 500 },
  )
})

describe('causes', () => {
  test('a chain is reported in its order, in the stack, too', () => {
    const root = new RangeError('root')
    const copied = copy(new Error('top', { cause: new TypeError('middle', { cause: root }) }))
    expect(copied.causes).toMatchObject([
      { type: 'TypeError', message: 'middle' },
      { type: 'RangeError', message: 'root' },
    ])
    const lines = copied.stack.split('\n').filter((line) => !/^\s+at /.test(line))
    expect(lines).toEqual(['Error: top', 'Caused by: TypeError: middle', 'Caused by: RangeError: root'])
    expect(copied.frames[0]).toMatch(/^ {4}at .*reported-error\.test\.ts:\d+:\d+\)?$/)
  })

  test.each([
    ['a text', 'the reason', 'the reason'],
    ['an object', { reason: 7 }, '{"reason":7}'],
    ['a proxy that throws on everything', hostile, '[unreadable]'],
    ['zero', 0, '0'],
  ])('a cause may be %s', (_what, cause, message) => {
    expect(copy(new Error('x', { cause })).causes).toMatchObject([{ type: 'Error', message }])
  })

  test.each([null, undefined, () => 'VError'])('%s is no cause', (cause) => {
    expect(copy(new Error('x', { cause })).causes).toEqual([])
  })

  test('a circle ends, and so does a long chain', () => {
    const error = new Error('a')
    error.cause = new Error('b', { cause: error })
    expect(copy(error).causes.map(({ message }) => message)).toEqual(['b'])
    const long = Array.from({ length: 1_000 }).reduce<Error>(
      (cause, _, at) => new Error(`${at}`, { cause }),
      error,
    )
    expect(copy(long).causes).toHaveLength(9)
  })

  test('all errors of an AggregateError are causes, and of other lists what is an error', () => {
    expect(copy(new AggregateError(['a', new Error('b')], 'all failed'))).toMatchObject({
      message: 'all failed',
      causes: [{ message: 'a' }, { message: 'b' }],
    })
    const invalid = Object.assign(new Error('invalid'), { errors: [{ path: 'x' }, new Error('b')] })
    expect(copy(invalid).causes).toMatchObject([{ message: 'b' }])
  })
})

test('a secret is removed from message, code, stack and causes', () => {
  const error = new Error('no hunter2-long', {
    cause: new Error('hunter2-long', { cause: { key: 'hunter2-long' } }),
  })
  error.name = 'hunter2-long'
  const text = JSON.stringify(copy(Object.assign(error, { code: 'hunter2-long' })))
  expect(text).toContain('no REDACTED')
  expect(text).not.toContain('hunter2')
})

test('every text is bounded, also after a secret', () => {
  const error = new Error(`${'x'.repeat(3_995)}hunter2-long${'x'.repeat(1e6)}`, { cause: 'y'.repeat(1e6) })
  error.stack = `${error.stack?.split('\n')[0]}\n${`    at ${'f'.repeat(2_000)} (/x.js:1:1)\n`.repeat(1_000)}`
  const { message, frames, causes, stack } = copy(error)
  expect(message).toHaveLength(4_000)
  expect(message.endsWith('REDA…') || message.endsWith('RED…')).toBe(true)
  expect(frames).toHaveLength(50)
  expect(frames[0]).toHaveLength(500)
  expect(causes[0]?.message).toHaveLength(4_000)
  expect(stack).toHaveLength(30_000)
})

describe('lines of the message that look like frames are none', () => {
  const LINES = 'of a user:\n    at evil (/etc/passwd:1:1)'
  const madeBy = (change: (error: Error) => unknown) => {
    const error = new Error(LINES)
    // Node makes the stack when it is first read.
    expect(error.stack).toContain(LINES)
    change(error)
    return copy(error).frames
  }

  test.each<[string, (error: Error) => unknown]>([
    ['unchanged', () => {}],
    ['with words before it', (error) => (error.message = `lookup failed: ${error.message}`)],
    ['with words after it', (error) => (error.message += ' (lookup)')],
    [
      'with other lines of the user',
      (error) => (error.message = `of ${error.message}\n    at more (/x.js:1:1)`),
    ],
  ])('a message %s', (_what, change) => {
    const frames = madeBy(change)
    expect(frames.join('\n')).not.toContain('passwd')
    expect(frames[0]).toContain('reported-error.test.ts')
  })

  test.each(['another', '', 'o', 'of a user:\n'])('a message that was replaced by %j', (message) => {
    const error = new Error(`${LINES}\nas was said`)
    expect(error.stack).toContain(LINES)
    error.message = message
    const { frames } = copy(error)
    expect(frames.join('\n')).not.toContain('passwd')
    expect(frames[0]).toContain('reported-error.test.ts')
  })

  test('an error of another service’s JSON', () => {
    const stack = `Error: ${LINES}\nend\n    at f (/srv/x.js:1:1)\n    at g (/srv/x.js:2:1)\n`
    expect(copy({ name: 'Error', message: 'upstream failed', stack }).frames).toEqual([
      '    at f (/srv/x.js:1:1)',
      '    at g (/srv/x.js:2:1)',
    ])
  })

  test('a stack of frames only, and one that begins with the code that failed', () => {
    const frame = '    at f (/srv/x.js:1:1)'
    expect(copy({ message: 'x', stack: frame }).frames).toEqual([frame])
    const stack = `/srv/x.js:1\nlet let\n    ^\n\nSyntaxError: let is disallowed\n${frame}`
    expect(copy({ name: 'SyntaxError', message: 'let is disallowed', stack }).frames).toEqual([frame])
  })
})

test.each([
  [new Error('x'), true],
  [runInNewContext('new Error()'), true],
  [{ name: 'x', message: 'y', stack: 'z' }, false],
  [{ message: 'x' }, false],
  ['x', false],
  [null, false],
  [hostile, false],
])('%#: is it an error?', (value, expected) => {
  expect(isError(value)).toBe(expected)
})

test('the text of a stack has the error and its causes', () => {
  const cause = Object.assign(new RangeError('two\nlines: 1'), { code: 'E_RANGE' })
  const { stack, frames } = copy(new TypeError('a: b', { cause }))
  expect(errorsIn(stack)).toEqual([
    { name: 'TypeError', message: 'a: b', stack: ['TypeError', ...frames].join('\n') },
    { name: 'RangeError', message: 'two\nlines: 1', stack: expect.stringMatching(/^RangeError\n {4}at /) },
  ])
  expect(errorsIn('')).toEqual([{ name: 'Error', message: '', stack: 'Error' }])
  expect(errorsIn('no name')).toEqual([{ name: 'Error', message: 'no name', stack: 'Error' }])
})
