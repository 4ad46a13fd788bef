import type { CheckStatus, Finding } from './check.ts'

const marks: Readonly<Record<CheckStatus, string>> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL', skip: 'skip' }

/** The findings for people: a line each, with what to do below those that are not well. */
export function reportText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ check, status, message, fix }) => {
    const line = `${marks[status]}  ${check.padEnd(width)}  ${message}`
    return status === 'ok' || fix === null ? [line] : [line, `      ${''.padEnd(width)}  -> ${fix}`]
  })
  const count = (status: CheckStatus) => findings.filter((finding) => finding.status === status).length
  const total = `${count('ok')} ok, ${count('warn')} warnings, ${count('fail')} failures, ${count('skip')} skipped`
  return [...lines, '', total].join('\n')
}

/** 1 when anything fails, else 0: warnings do not stop a deployment. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ status }) => status === 'fail') ? 1 : 0
}
