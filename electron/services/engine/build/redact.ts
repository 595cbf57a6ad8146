import type { Report } from '../../../../shared/jobs/report.ts';

/** A shorter value would blacken half of the output and tells next to nothing. */
const SHORTEST = 6;

/**
 * Hides the values of a build's secrets in text: a step may print what it was handed, and output ends in logs and bug reports. A value of
 * several lines (a key file) is hidden line by line, since output is told by lines.
 */
export function redactor(secrets: ReadonlyMap<string, Uint8Array>): (text: string) => string {
  const values = [...secrets.values()].flatMap((value) => {
    const text = Buffer.from(value).toString('utf8').trim();
    return [text, ...text.split(/\r?\n/).map((line) => line.trim())];
  });
  const hidden = [...new Set(values)].filter((value) => value.length >= SHORTEST).sort((a, b) => b.length - a.length);
  return (text) => hidden.reduce((shown, value) => shown.replaceAll(value, '***'), text);
}

/** A report whose output holds no secret. */
export function redactedReport(report: Report, redact: (text: string) => string): Report {
  return (event) => report(event.type === 'log' ? { ...event, text: redact(event.text) } : event);
}

/** Every text of a piece of plain data without secrets. */
export function redactedData<T>(value: T, redact: (text: string) => string): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => redactedData(each, redact)) as T;
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, redactedData(each as unknown, redact)])) as T;
}
