import { findProgram, type Program } from './process.ts'

/** The Python of every test that needs packages of PyPI: the one that TEST_PYTHON names. Nothing is installed. */
export const PYTHON = process.env.TEST_PYTHON ?? 'python3'

/** Whether that Python has the modules. TEST_REQUIRES names them by the first one's package: `boto3`, `flask`. */
export function findModules(...modules: readonly [string, ...string[]]): Program {
  return findProgram([PYTHON, '-c', `import ${modules.join(', ')}`], modules[0].split('.')[0])
}
